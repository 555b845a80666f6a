import { managers, type Posted, type Put, type Verbs } from "./verbs.ts";

interface Of {
  till_id: string;
}

/** The writes of tills. */
export interface TillBodies {
  SetTill: Of & Put<"/v1/tills/{till_id}">;
  CreateTillCode: Of;
  WriteOffTill: Of & Posted<"/v1/tills/{till_id}/write-off">;
  DeleteTill: Of;
  SetTillPolicy: Put<"/v1/till-policies">;
  DeleteTillPolicy: { location_id?: string; channel_id?: string };
}

export const tillCommands: Verbs<TillBodies> = {
  SetTill: {
    roles: managers,
    send: (api, { till_id, ...body }, header) =>
      api.PUT("/v1/tills/{till_id}", { params: { header, path: { till_id } }, body }),
  },
  CreateTillCode: {
    roles: managers,
    send: (api, { till_id }, header) =>
      api.POST("/v1/tills/{till_id}/code", { params: { header, path: { till_id } }, body: {} }),
  },
  WriteOffTill: {
    roles: managers,
    send: (api, { till_id, ...body }, header) =>
      api.POST("/v1/tills/{till_id}/write-off", { params: { header, path: { till_id } }, body }),
  },
  DeleteTill: {
    roles: managers,
    send: (api, { till_id }, header) => api.DELETE("/v1/tills/{till_id}", { params: { header, path: { till_id } } }),
  },
  SetTillPolicy: {
    roles: managers,
    send: (api, body, header) => api.PUT("/v1/till-policies", { params: { header }, body }),
  },
  DeleteTillPolicy: {
    roles: managers,
    send: (api, query, header) => api.DELETE("/v1/till-policies", { params: { header, query } }),
  },
};
