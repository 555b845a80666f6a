import type { components } from "holdfast-client";
import { managers, type Posted, type Put, type Verbs } from "./verbs.ts";

type Schemas = components["schemas"];

interface Item {
  product_id: string;
  location_id: string;
}

interface Campaign {
  campaign_id: string;
}

/** The writes of quotas, campaigns, presales and recalls. */
export interface SellingBodies {
  SetQuotas: Schemas["SetQuotasRequest"];
  Allot: Schemas["AllotRequest"];
  ResetSold: Schemas["ResetSoldRequest"];
  SetQuotaSchedule: Item & Put<"/v1/quotas/{product_id}/schedule">;
  DeleteQuotaSchedule: Item;
  SetCampaign: Campaign & Put<"/v1/campaigns/{campaign_id}">;
  SetCampaignItems: Campaign & Posted<"/v1/campaigns/{campaign_id}/items">;
  EndCampaign: Campaign;
  RecallLot: { product_id: string } & Posted<"/v1/lots/{product_id}/recall">;
  SetPromises: Item & Put<"/v1/promises/{product_id}">;
}

export const sellingCommands: Verbs<SellingBodies> = {
  SetQuotas: {
    roles: managers,
    send: (api, { product_id, ...body }, header) =>
      api.PUT("/v1/quotas/{product_id}", { params: { header, path: { product_id } }, body }),
  },
  Allot: {
    roles: managers,
    send: (api, { product_id, ...body }, header) =>
      api.POST("/v1/quotas/{product_id}/allot", { params: { header, path: { product_id } }, body }),
  },
  ResetSold: {
    roles: managers,
    send: (api, { product_id, ...body }, header) =>
      api.POST("/v1/quotas/{product_id}/reset", { params: { header, path: { product_id } }, body }),
  },
  SetQuotaSchedule: {
    roles: managers,
    send: (api, { product_id, ...body }, header) =>
      api.PUT("/v1/quotas/{product_id}/schedule", { params: { header, path: { product_id } }, body }),
  },
  DeleteQuotaSchedule: {
    roles: managers,
    send: (api, { product_id, ...query }, header) =>
      api.DELETE("/v1/quotas/{product_id}/schedule", { params: { header, path: { product_id }, query } }),
  },
  SetCampaign: {
    roles: managers,
    send: (api, { campaign_id, ...body }, header) =>
      api.PUT("/v1/campaigns/{campaign_id}", { params: { header, path: { campaign_id } }, body }),
  },
  SetCampaignItems: {
    roles: managers,
    send: (api, { campaign_id, ...body }, header) =>
      api.POST("/v1/campaigns/{campaign_id}/items", { params: { header, path: { campaign_id } }, body }),
  },
  EndCampaign: {
    roles: managers,
    send: (api, { campaign_id }, header) =>
      api.DELETE("/v1/campaigns/{campaign_id}", { params: { header, path: { campaign_id } } }),
  },
  RecallLot: {
    roles: managers,
    send: (api, { product_id, ...body }, header) =>
      api.POST("/v1/lots/{product_id}/recall", { params: { header, path: { product_id } }, body }),
  },
  SetPromises: {
    roles: managers,
    send: (api, { product_id, ...body }, header) =>
      api.PUT("/v1/promises/{product_id}", { params: { header, path: { product_id } }, body }),
  },
};
