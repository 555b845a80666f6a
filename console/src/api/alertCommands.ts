import { admins, managers, type Posted, type Put, type Verbs } from "./verbs.ts";

interface Alert {
  alert_id: string;
}

interface Rule {
  rule_id: string;
}

interface Receiver {
  receiver_id: string;
}

interface Silence {
  silence_id: string;
}

/** The writes of alerts. */
export interface AlertBodies {
  AcknowledgeAlert: Alert & Posted<"/v1/alerts/{alert_id}/acknowledge">;
  MuteAlert: Alert & Posted<"/v1/alerts/{alert_id}/mute">;
  UnmuteAlert: Alert & Posted<"/v1/alerts/{alert_id}/unmute">;
  SetAlertRule: Rule & Put<"/v1/alert-rules/{rule_id}">;
  DeleteAlertRule: Rule;
  SetAlertReceiver: Receiver & Put<"/v1/alert-receivers/{receiver_id}">;
  DeleteAlertReceiver: Receiver;
  TestAlertReceiver: Receiver;
  SetAlertSilence: Silence & Put<"/v1/alert-silences/{silence_id}">;
  DeleteAlertSilence: Silence;
}

export const alertCommands: Verbs<AlertBodies> = {
  AcknowledgeAlert: {
    roles: managers,
    send: (api, { alert_id, ...body }, header) =>
      api.POST("/v1/alerts/{alert_id}/acknowledge", { params: { header, path: { alert_id } }, body }),
  },
  MuteAlert: {
    roles: managers,
    send: (api, { alert_id, ...body }, header) =>
      api.POST("/v1/alerts/{alert_id}/mute", { params: { header, path: { alert_id } }, body }),
  },
  UnmuteAlert: {
    roles: managers,
    send: (api, { alert_id, ...body }, header) =>
      api.POST("/v1/alerts/{alert_id}/unmute", { params: { header, path: { alert_id } }, body }),
  },
  SetAlertRule: {
    roles: admins,
    send: (api, { rule_id, ...body }, header) =>
      api.PUT("/v1/alert-rules/{rule_id}", { params: { header, path: { rule_id } }, body }),
  },
  DeleteAlertRule: {
    roles: admins,
    send: (api, { rule_id }, header) =>
      api.DELETE("/v1/alert-rules/{rule_id}", { params: { header, path: { rule_id } } }),
  },
  SetAlertReceiver: {
    roles: admins,
    secret: true,
    send: (api, { receiver_id, ...body }, header) =>
      api.PUT("/v1/alert-receivers/{receiver_id}", { params: { header, path: { receiver_id } }, body }),
  },
  DeleteAlertReceiver: {
    roles: admins,
    send: (api, { receiver_id }, header) =>
      api.DELETE("/v1/alert-receivers/{receiver_id}", { params: { header, path: { receiver_id } } }),
  },
  TestAlertReceiver: {
    roles: admins,
    send: (api, { receiver_id }, header) =>
      api.POST("/v1/alert-receivers/{receiver_id}/test", { params: { header, path: { receiver_id } }, body: {} }),
  },
  SetAlertSilence: {
    roles: managers,
    send: (api, { silence_id, ...body }, header) =>
      api.PUT("/v1/alert-silences/{silence_id}", { params: { header, path: { silence_id } }, body }),
  },
  DeleteAlertSilence: {
    roles: managers,
    send: (api, { silence_id }, header) =>
      api.DELETE("/v1/alert-silences/{silence_id}", { params: { header, path: { silence_id } } }),
  },
};
