// The products of the store: items of the till's location, with the details that shoppers
// see.
import { address, all, Refused } from "./ask.js";
import { modifiersOf } from "./modifiers.js";
import { fresh, lost, offline, online } from "./page.js";
import { follow } from "./stream.js";

// most is how many items can be watched at a time.
const most = 500;
// again is how often products are read anew: a new product or new details are no change of an item.
const again = 60000;

// watch reads the products of the till, and calls show(products) whenever one has changed.
export async function watch(name, till, show) {
  const known = new Map();
  let asked = [];
  const tell = () => show([...known.values()].sort((a, b) => a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1)));
  const read = async () => {
    const query = { location_id: till.location, page_size: "200", ...(till.channel && { channel_id: till.channel }) };
    const [items, details] = await Promise.all([all("v1/items", query), details200()]);
    const there = new Map(items.map((i) => [i.inventory.product_id, i]));
    for (const id of known.keys()) if (!there.has(id)) known.delete(id);
    for (const [id, item] of there) known.set(id, product(item, details.get(id), known.get(id)));
    asked = [...known.keys()].slice(0, most);
    tell();
  };
  await read();
  let stop = () => {};
  const begin = (last) => ({
    verb: "POST",
    path: "v1/live",
    body: {
      items: asked.map((id) => ({
        product_id: id,
        location_id: till.location,
        ...(till.channel && { channel_id: till.channel }),
      })),
      ...(last && { after: last }),
    },
  });
  follow({
    begin,
    take: (frame) => {
      fresh();
      for (const { item } of frame.items || []) {
        const id = item.inventory.product_id;
        if (known.has(id)) known.set(id, product(item, known.get(id).details, known.get(id)));
      }
      for (const gone of frame.absent || []) known.delete(gone.product_id);
      if (frame.items || frame.absent) tell();
    },
    up: online,
    down: lost(name),
    heed: (abort) => (stop = abort),
  });
  setInterval(async () => {
    const before = asked.join("\n");
    try {
      await read();
      if (asked.join("\n") !== before) stop();
    } catch (err) {
      if (!(err instanceof Refused)) offline();
    }
  }, again);
}

// details200 reads the details of all products; a key that may not has none.
async function details200() {
  try {
    return new Map((await all("v1/products/details", { page_size: "200" })).map((d) => [d.product_id, d]));
  } catch (err) {
    if (err instanceof Refused && err.status === 403) return new Map();
    throw err;
  }
}

// product is an item as pages show it. Of two readings the later one counts.
function product(item, details, before) {
  const inventory = item.inventory;
  if (before && before.version > inventory.version) return { ...before, details };
  const said = details?.attributes || {};
  return {
    id: inventory.product_id,
    version: inventory.version,
    details,
    title: details?.title || inventory.product_id,
    text: details?.text || "",
    price: said.price || "",
    image: picture(said.image),
    modifiers: modifiersOf(said),
    state: item.state,
    available: inventory.tracked ? inventory.available_stock : null,
    onSale: inventory.on_sale,
    unit: inventory.unit || "",
    scale: inventory.scale || 0,
    gone: item.state === "sold_out" || item.state === "off_sale" || item.state === "oversold",
  };
}

// picture is the address of a picture that the till itself serves, or that is in the text; the page
// loads no others.
function picture(text) {
  if (!text) return "";
  if (/^data:image\//.test(text)) return text;
  try {
    const url = new URL(text, address("store/"));
    return url.origin === location.origin ? url.href : "";
  } catch {
    return "";
  }
}

// units writes a number of the smallest units of a product, by its digits.
export function units(p, n) {
  let digits = String(Math.abs(n));
  if (p.scale > 0) {
    digits = digits.padStart(p.scale + 1, "0");
    digits = `${digits.slice(0, -p.scale)}.${digits.slice(-p.scale)}`;
  }
  return (n < 0 ? "−" : "") + digits + (p.unit ? ` ${p.unit}` : "");
}

// smallest reads a number as the smallest units of a product; NaN: it is none.
export function smallest(p, text) {
  const found = /^(\d{1,12})(?:[.,](\d*))?$/.exec(text.trim());
  const decimals = found?.[2] || "";
  if (!found || decimals.length > p.scale) return NaN;
  return Number(found[1] + decimals.padEnd(p.scale, "0"));
}
