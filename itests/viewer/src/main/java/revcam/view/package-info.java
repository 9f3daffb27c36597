/** A viewer without a window: watches a stream as a browser would, and says how it was. */
package revcam.view;
