import { both, managers, type Posted, type Verbs } from "./verbs.ts";

interface Of {
  case_id: string;
}

/** The writes of cases. */
export interface CaseBodies {
  AssignCase: Of & Posted<"/v1/cases/{case_id}/assign">;
  DecideCase: Of & Posted<"/v1/cases/{case_id}/decide">;
  CommentCase: Of & Posted<"/v1/cases/{case_id}/comment">;
}

export const caseCommands: Verbs<CaseBodies> = {
  AssignCase: {
    roles: managers,
    send: (api, { case_id, ...body }, header) =>
      api.POST("/v1/cases/{case_id}/assign", { params: { header, path: { case_id } }, body }),
  },
  DecideCase: {
    roles: managers,
    send: (api, { case_id, ...body }, header) =>
      api.POST("/v1/cases/{case_id}/decide", { params: { header, path: { case_id } }, body }),
  },
  CommentCase: {
    roles: both,
    send: (api, { case_id, ...body }, header) =>
      api.POST("/v1/cases/{case_id}/comment", { params: { header, path: { case_id } }, body }),
  },
};
