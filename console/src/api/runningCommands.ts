import type { components } from "holdfast-client";
import { admins, type Verb, type Verbs } from "./verbs.ts";

type Schemas = components["schemas"];

interface Named {
  name: string;
}

interface OneOf extends Named {
  id: string;
}

/** The writes of sinks and sources, keys, displays and settings. */
export interface RunningBodies {
  PauseSink: Named;
  ResumeSink: Named;
  TestSink: Named;
  RewindSink: Named & { to: string };
  RequeueParked: OneOf;
  DiscardParked: OneOf;
  PauseSource: Named;
  ResumeSource: Named;
  TestSource: Named;
  RequeueParkedMessage: OneOf;
  DiscardParkedMessage: OneOf;
  CreateKey: Schemas["CreateKeyRequest"];
  RotateKey: { id: string };
  RevokeKey: { id: string };
  AddDisplay: Schemas["AddDisplayRequest"];
  EndDisplay: { id: string };
  UpdateSettings: Schemas["UpdateSettingsRequest"];
}

function admin<Body>(send: Verb<Body>["send"]): Verb<Body> {
  return { roles: admins, send };
}

export const runningCommands: Verbs<RunningBodies> = {
  PauseSink: admin((api, { name }, header) =>
    api.POST("/v1/sinks/{name}/pause", { params: { header, path: { name } }, body: {} }),
  ),
  ResumeSink: admin((api, { name }, header) =>
    api.POST("/v1/sinks/{name}/resume", { params: { header, path: { name } }, body: {} }),
  ),
  TestSink: admin((api, { name }, header) =>
    api.POST("/v1/sinks/{name}/test", { params: { header, path: { name } }, body: {} }),
  ),
  RewindSink: admin((api, { name, to }, header) =>
    api.POST("/v1/sinks/{name}/rewind", { params: { header, path: { name } }, body: { to } }),
  ),
  RequeueParked: admin((api, { name, id }, header) =>
    api.POST("/v1/sinks/{name}/parked/{id}/requeue", { params: { header, path: { name, id } }, body: {} }),
  ),
  DiscardParked: admin((api, { name, id }, header) =>
    api.POST("/v1/sinks/{name}/parked/{id}/discard", { params: { header, path: { name, id } }, body: {} }),
  ),
  PauseSource: admin((api, { name }, header) =>
    api.POST("/v1/sources/{name}/pause", { params: { header, path: { name } }, body: {} }),
  ),
  ResumeSource: admin((api, { name }, header) =>
    api.POST("/v1/sources/{name}/resume", { params: { header, path: { name } }, body: {} }),
  ),
  TestSource: admin((api, { name }, header) =>
    api.POST("/v1/sources/{name}/test", { params: { header, path: { name } }, body: {} }),
  ),
  RequeueParkedMessage: admin((api, { name, id }, header) =>
    api.POST("/v1/sources/{name}/parked/{id}/requeue", { params: { header, path: { name, id } }, body: {} }),
  ),
  DiscardParkedMessage: admin((api, { name, id }, header) =>
    api.POST("/v1/sources/{name}/parked/{id}/discard", { params: { header, path: { name, id } }, body: {} }),
  ),
  CreateKey: admin((api, body, header) => api.POST("/v1/keys", { params: { header }, body })),
  RotateKey: admin((api, { id }, header) =>
    api.POST("/v1/keys/{id}/rotate", { params: { header, path: { id } }, body: {} }),
  ),
  RevokeKey: admin((api, { id }, header) => api.DELETE("/v1/keys/{id}", { params: { header, path: { id } } })),
  AddDisplay: admin((api, body, header) => api.POST("/v1/displays", { params: { header }, body })),
  EndDisplay: admin((api, { id }, header) => api.DELETE("/v1/displays/{id}", { params: { header, path: { id } } })),
  UpdateSettings: admin((api, body, header) => api.PATCH("/v1/settings", { params: { header }, body })),
};
