import type { components } from "holdfast-client";
import { unitsOf } from "../../format/decimal.ts";
import type { Faults, PlanLine, Planned, Value } from "../../parts/plan.ts";
import type { Campaign } from "./rule.ts";

type Schemas = components["schemas"];
type Item = Schemas["CampaignItem"];
type Stock = Schemas["ChannelStock"];

export const nameOf = ({ product_id, location_id }: Pick<Item, "product_id" | "location_id">) =>
  `${product_id} · ${location_id}`;

/** Sums of what remains: pieces together, and each unit by itself. */
export function backOf(items: readonly Item[]): { unit?: string; scale?: number; units: number; items: number }[] {
  const sums = new Map<string, { unit?: string; scale?: number; units: number; items: number }>();
  for (const { unit, scale, remaining } of items) {
    if (remaining === 0) continue;
    const key = JSON.stringify([unit, scale]);
    const sum = sums.get(key) ?? { ...(unit ? { unit, scale: scale ?? 0 } : {}), units: 0, items: 0 };
    sums.set(key, { ...sum, units: sum.units + remaining, items: sum.items + 1 });
  }
  return [...sums.values()];
}

/** Lines of a preview of a campaign with many items: the others are counted. */
const spelled = 20;

/** The end of a campaign, for whoever types its id. */
export function planEnd(campaign: Campaign, typed: string): Planned {
  const { campaign_id, items } = campaign;
  if (typed !== campaign_id) return { faults: { campaign_id: "campaign:fault.id" } };
  const state = (words: string): Value => ({ words: `campaign:state.${words}` });
  const back = items
    .filter(({ remaining }) => remaining > 0)
    .slice(0, spelled)
    .map((item): PlanLine => {
      const { unit, scale, remaining } = item;
      const figure = { account: `quota/${campaign_id}` };
      return { of: nameOf(item), figure, unit, scale, before: { units: remaining }, after: { units: 0 } };
    });
  return {
    plan: {
      command: { operation: "EndCampaign", body: { campaign_id } },
      lines: [
        {
          of: campaign_id,
          figure: { words: "campaign:head.state" },
          before: state(campaign.state),
          after: state("ended"),
        },
        ...back,
      ],
    },
  };
}

export interface ItemFields {
  product: string;
  location: string;
  quota: string;
  out: boolean;
}

const itemState = (words: string): Value => ({ words: `campaign:itemState.${words}` });

/** A product at a place comes into the campaign, gets another quota, or is taken out. */
export function planItem(campaign: Campaign, stock: Stock | undefined, fields: ItemFields): Planned {
  const { campaign_id } = campaign;
  const [product_id, location_id] = [fields.product.trim(), fields.location];
  const faults: Faults = {};
  if (campaign.state === "ended") faults.product = "campaign:fault.over";
  else if (product_id === "") faults.product = "campaign:fault.product";
  if (location_id === "") faults.location = "campaign:fault.location";
  if (Object.keys(faults).length > 0) return { faults };
  if (stock?.product_id !== product_id || stock.location_id !== location_id) {
    return { faults: { product: "campaign:fault.reading" } };
  }
  const { unit, scale } = stock;
  const known = campaign.items.find((one) => one.product_id === product_id && one.location_id === location_id);
  const now = stock.channels.find(({ channel_id }) => channel_id === campaign_id);
  const quota = fields.out ? (known?.quota ?? 0) : unitsOf(fields.quota, scale);
  if (quota === undefined || quota < 0) return { faults: { quota: "act.fault.notNegative" } };
  if (fields.out && !known) return { faults: { product: "campaign:fault.notIn" } };

  const used = (now?.held ?? 0) + (now?.sold ?? 0);
  const after = fields.out ? used : quota;
  const shared = stock.shared - (after - (now?.quota ?? 0));
  const refused = after < used || shared < Math.min(0, stock.shared);
  const line = (figure: PlanLine["figure"], before: Value, then: Value): PlanLine => {
    return { of: nameOf(stock), figure, unit, scale, before, after: then };
  };
  const [held, pool] = [now?.quota ?? 0, stock.shared];
  const state = known ? itemState(known.ended ? "out" : known.state) : { text: "" };
  return {
    plan: {
      command: {
        operation: "SetCampaignItems",
        body: { campaign_id, items: [{ product_id, location_id, quota, ...(fields.out ? { ended: true } : {}) }] },
      },
      lines: [
        line({ words: "campaign:head.state" }, state, itemState(refused ? "refused" : fields.out ? "out" : "applied")),
        line({ words: "campaign:head.quota" }, { units: held }, { units: refused ? held : after }),
        line({ account: "pool/shared" }, { units: pool }, { units: refused ? pool : shared }),
      ],
    },
  };
}

/** Asks the books again for what they refused, or were not told yet. */
export function planRetry({ campaign_id, items }: Campaign): Planned {
  const left = items.filter(({ state }) => state !== "applied");
  if (left.length === 0) return { faults: { items: "campaign:fault.retry" } };
  const settings = left.map(({ product_id, location_id, quota, ended }) => {
    return { product_id, location_id, quota, ...(ended ? { ended } : {}) };
  });
  return {
    plan: {
      command: { operation: "SetCampaignItems", body: { campaign_id, items: settings } },
      lines: left.slice(0, spelled).map((item) => ({
        of: nameOf(item),
        figure: { words: "campaign:head.state" },
        before: itemState(item.state),
        after: itemState("again"),
      })),
    },
  };
}
