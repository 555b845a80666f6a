// Modifiers are the choices of a product: oat milk, large. They are the attributes of the product's details
// whose names begin with "modifier.", in the order of the names. Each has a title, a price, and a product of
// which it takes one unit: "Oat milk | € 0.50 | oat-milk". The last two may be left out.
import { el, fill } from "./parts.js";
import { t } from "./texts.js";

const prefix = "modifier.";
// maxNote is how many bytes the note of an order may have.
const maxNote = 1024;

// modifiersOf reads them from the attributes of a product.
export function modifiersOf(attributes) {
  return Object.keys(attributes)
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => {
      const [title, price = "", product = ""] = attributes[name].split("|").map((part) => part.trim());
      return { title, price, product };
    })
    .filter((m) => m.title);
}

// labelOf is a modifier as people read it.
export const labelOf = (m) => [m.title, m.price].filter(Boolean).join(" ");

// Choice lets people choose among the modifiers of a product.
export class Choice {
  constructor(p) {
    this.element = el("fieldset", { class: "choice" });
    this.show(p);
  }

  show(p) {
    const said = JSON.stringify(p.modifiers);
    if (this.said === said) return;
    this.said = said;
    this.boxes = p.modifiers.map((m) => ({ m, box: el("input", { type: "checkbox" }) }));
    this.element.hidden = this.boxes.length === 0;
    this.element.setAttribute("aria-label", t("with", p.title));
    fill(this.element, ...this.boxes.map(({ m, box }) => el("label", {}, box, labelOf(m))));
  }

  // take returns the chosen modifiers, and clears the choice for the next product.
  take() {
    const chosen = this.boxes.filter(({ box }) => box.checked).map(({ m }) => m);
    for (const { box } of this.boxes) box.checked = false;
    return chosen;
  }
}

// itemsOf are the units that lines of an order take: each product once.
export function itemsOf(lines, products) {
  const taken = new Map();
  const take = (id, count) => taken.set(id, (taken.get(id) || 0) + count * 10 ** (products.get(id)?.scale || 0));
  for (const { product, chosen, count } of lines) {
    take(product.id, count);
    for (const m of chosen) if (m.product) take(m.product, count);
  }
  return [...taken].map(([product_id, quantity]) => ({ product_id, quantity }));
}

// noteOf is the kitchen's note about an order: the modifiers chosen with each product.
export function noteOf(lines) {
  let note = lines
    .filter(({ chosen }) => chosen.length > 0)
    .map(({ product, chosen, count }) => `${count} × ${product.title}: ${chosen.map((m) => m.title).join(", ")}`)
    .join("; ");
  const bytes = (text) => new TextEncoder().encode(text).length;
  if (bytes(note) <= maxNote) return note;
  while (bytes(note) > maxNote - 3) note = [...note].slice(0, -1).join("");
  return `${note}…`;
}
