// Small helpers. Whatever comes from the server becomes text, never markup.

/** An element; attributes of which undefined, null and false are left out; children are elements or text. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children);
  return element;
}

/** Sets text only if it differs, so that a selection in it survives. */
export function text(element, value) {
  if (element.textContent !== value) {
    element.textContent = value;
  }
  element.hidden = value === '';
}

/** Makes a list's rows those of the items, and moves none that is in its place; a guest among them, `data-guest`, stays. */
export function keyed(parent, rows, items, key, make, update) {
  const ids = new Set(items.map(key));
  for (const [id, row] of rows) {
    if (!ids.has(id)) {
      row.element.remove();
      rows.delete(id);
    }
  }
  let at = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    if (!rows.has(id)) {
      rows.set(id, make(item));
    }
    const row = rows.get(id);
    update(row, item);
    while (at?.dataset.guest !== undefined) {
      at = at.nextElementSibling;
    }
    if (row.element === at) {
      at = at.nextElementSibling;
    } else {
      parent.insertBefore(row.element, at);
    }
  }
}

/** A number as short as it can be read: 0.042, 1.3, 12.4, 108. */
export function short(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  const size = Math.abs(value);
  return size === 0 ? '0' : size < 0.095 ? value.toFixed(3) : size < 9.95 ? value.toFixed(1)
    : size < 99.5 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toString();
}

export function milliseconds(value) {
  return value === null || value === undefined ? '–'
    : value >= 1_000 ? `${short(value / 1_000)} s`
      : value > 0 && value < 0.0995 ? `${short(value * 1_000)} µs` : `${short(value)} ms`;
}

export function bits(value) {
  return value === null || value === undefined ? '–'
    : value >= 999_500 ? `${short(value / 1e6)} Mbit/s` : `${short(value / 1e3)} kbit/s`;
}

export class Refusal extends Error {}

// With the origin, for a page that was opened as http://user:password@...: addresses relative to that are refused by fetch.
const root = location.origin + window.pluginRoot;

/** @throws Refusal with a sentence for a person */
export async function get(path) {
  return answer(fetch(`${root}/${path}`, { cache: 'no-store' }));
}

/** @throws Refusal with a sentence for a person */
export async function post(action, body) {
  return answer(fetch(`${root}/${action}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  }));
}

async function answer(fetching) {
  let response;
  try {
    response = await fetching;
  } catch {
    throw new Refusal('RevCam does not answer.');
  }
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
  if (response.ok && isJson) {
    return { ...await response.json().then(value => ({ value })), status: response.status };
  }
  const said = isJson ? (await response.json()).error : (await response.text()).trim();
  throw new Refusal(response.status === 401 ? 'Logged out: load this page again.' : said || `Status ${response.status}`);
}
