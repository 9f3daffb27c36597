'use strict';
// What the pages of the laboratory and of the benchmark share.
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const palette = () => dark.matches
  ? { target: '#f0b44c', sent: '#6ea8ff', received: '#5fd38d', capacity: '#8b98a6',
    queue: '#c792ea', loss: '#ff7b82', tcp: '#c2a27c',
    flows: ['#6ea8ff', '#5fd38d', '#f0b44c', '#ff8fc7', '#4fd6d6'] }
  : { target: '#c77700', sent: '#1f6feb', received: '#178a45', capacity: '#7a8794',
    queue: '#8a3ffc', loss: '#d1242f', tcp: '#8a6a42',
    flows: ['#1f6feb', '#178a45', '#c77700', '#c2257f', '#0a8f94'] };

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

const missing = value => value === null || value === undefined;
const number = (value, digits = 0) => missing(value) ? '–' : value.toFixed(digits);
const percent = (value, digits = 0) => missing(value) ? '–' : `${(100 * value).toFixed(digits)} %`;
