// The parts that pages are built of. Text from data is always shown as text.

// el makes an element. Properties that begin with on are listeners, others attributes; what is
// null or false is left out.
export function el(kind, props, ...children) {
  const e = document.createElement(kind);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

// fill puts children in the place of those that an element has.
export function fill(e, ...children) {
  e.textContent = "";
  e.append(...children);
}

// say sets the text of an element, if it is another one.
export function say(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

// List keeps one element for each row, so that a row that stays keeps its focus.
// make(row) returns {element, show(row)}.
export class List {
  constructor(element, make) {
    this.element = element;
    this.make = make;
    this.rows = new Map();
  }
  show(rows) {
    const there = new Set(rows.map((r) => r.id));
    for (const [id, r] of this.rows) {
      if (there.has(id)) continue;
      r.element.remove();
      this.rows.delete(id);
    }
    let before = this.element.firstElementChild;
    for (const row of rows) {
      let r = this.rows.get(row.id);
      if (!r) {
        r = this.make(row);
        this.rows.set(row.id, r);
      }
      r.show(row);
      if (r.element === before) before = before.nextElementSibling;
      else this.element.insertBefore(r.element, before);
    }
  }
}

// press runs an action while its button is disabled.
export async function press(button, action) {
  if (button.disabled) return;
  const had = document.activeElement === button;
  button.disabled = true;
  try {
    await action();
  } finally {
    button.disabled = false;
    if (had && button.isConnected && document.activeElement === document.body) button.focus();
  }
}
