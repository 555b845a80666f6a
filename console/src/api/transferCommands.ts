import { clerks, managers, type Posted, type Verbs } from "./verbs.ts";

interface Of {
  transfer_id: string;
}

/** The writes of transfers. All but the request name their transfer in the path. */
export interface TransferBodies {
  CreateTransfer: Posted<"/v1/transfers">;
  ApproveTransfer: Of & Posted<"/v1/transfers/{transfer_id}/approve">;
  ShipTransfer: Of & Posted<"/v1/transfers/{transfer_id}/ship">;
  ReceiveTransfer: Of & Posted<"/v1/transfers/{transfer_id}/receive">;
  CancelTransfer: Of & Posted<"/v1/transfers/{transfer_id}/cancel">;
}

export const transferCommands: Verbs<TransferBodies> = {
  CreateTransfer: {
    roles: managers,
    send: (api, body, header) => api.POST("/v1/transfers", { params: { header }, body }),
  },
  ApproveTransfer: {
    roles: managers,
    send: (api, { transfer_id, ...body }, header) =>
      api.POST("/v1/transfers/{transfer_id}/approve", { params: { header, path: { transfer_id } }, body }),
  },
  ShipTransfer: {
    roles: clerks,
    send: (api, { transfer_id, ...body }, header) =>
      api.POST("/v1/transfers/{transfer_id}/ship", { params: { header, path: { transfer_id } }, body }),
  },
  ReceiveTransfer: {
    roles: clerks,
    send: (api, { transfer_id, ...body }, header) =>
      api.POST("/v1/transfers/{transfer_id}/receive", { params: { header, path: { transfer_id } }, body }),
  },
  CancelTransfer: {
    roles: managers,
    send: (api, { transfer_id, ...body }, header) =>
      api.POST("/v1/transfers/{transfer_id}/cancel", { params: { header, path: { transfer_id } }, body }),
  },
};
