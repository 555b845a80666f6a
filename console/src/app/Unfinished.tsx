import { Alert, Button } from "antd";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { act } from "../api/act.ts";
import { isSecret } from "../api/commands.ts";
import type { Outcome } from "../api/outcome.ts";
import { type Pending, pendings } from "../api/pending.ts";
import { useWho } from "../api/queries.ts";
import { Booked } from "../parts/CommandForm.tsx";
import { Small, sentence } from "../parts/Frame.tsx";
import { Id } from "../parts/Id.tsx";
import { KeyOnce } from "../parts/KeyOnce.tsx";
import { Time } from "../parts/Time.tsx";

/** How much of a write is spelled out; a batch may have hundreds. */
const longest = 300;

/** Writes whose outcome nobody knows, after the page was left or loaded again. */
export function Unfinished() {
  const { data: who } = useWho();
  const left = useSyncExternalStore(pendings.subscribe, pendings.left);
  const [known, setKnown] = useState<{ kept: Pending; outcome: Outcome }[]>([]);
  const mine = left.filter(({ by }) => by === `${who?.tenant}/${who?.operator}`);
  const settle = (kept: Pending, outcome: Outcome) =>
    setKnown((before) => [...before.filter((one) => one.kept.key !== kept.key), { kept, outcome }]);
  const settled = known.filter(({ outcome }) => outcome.is !== "unknown");
  return (
    <>
      {mine.map((kept) => (
        <Unknown
          key={kept.key}
          kept={kept}
          outcome={known.find((one) => one.kept.key === kept.key)?.outcome}
          onKnown={(outcome) => settle(kept, outcome)}
        />
      ))}
      {settled.map(({ kept, outcome }) => (
        <Settled
          key={kept.key}
          kept={kept}
          outcome={outcome}
          onClose={() => setKnown((before) => before.filter((one) => one.kept.key !== kept.key))}
        />
      ))}
    </>
  );
}

function Unknown(props: { kept: Pending; outcome: Outcome | undefined; onKnown: (outcome: Outcome) => void }) {
  const { t } = useTranslation("app");
  const [busy, setBusy] = useState(false);
  const { kept, outcome } = props;

  async function ask() {
    setBusy(true);
    const came = await act(kept);
    setBusy(false);
    props.onKnown(came);
  }

  return (
    <Alert
      className="frame"
      type="warning"
      role="alert"
      title={
        <>
          {t("act.unknown")} <What of={kept} />
        </>
      }
      description={
        <>
          {!isSecret(kept.command) && (
            <small className="muted">
              <bdi>{JSON.stringify(kept.command.body).slice(0, longest)}</bdi>
            </small>
          )}{" "}
          {outcome?.is === "unknown" && <Small error={outcome.error} />}
        </>
      }
      action={
        <Button loading={busy} onClick={() => void ask()}>
          {t("act.again")}
        </Button>
      }
    />
  );
}

function Settled({ kept, outcome, onClose }: { kept: Pending; outcome: Outcome; onClose: () => void }) {
  const { t } = useTranslation("app");
  const refused = outcome.is === "refused" ? outcome.error : undefined;
  return (
    <Alert
      className="frame"
      type={refused ? "error" : "success"}
      role="status"
      title={
        <>
          <What of={kept} /> {refused ? `${sentence(t, refused)} ${t("act.nothingChanged")}` : t("act.done")}
        </>
      }
      description={
        refused ? <Small error={refused} /> : outcome.is === "done" && <Came outcome={outcome} command={kept.command} />
      }
      closable={{ onClose, "aria-label": t("act.close") }}
    />
  );
}

/** The outcome of a write. A new key is shown, since nobody has seen it yet. */
function Came({ outcome, command }: { outcome: Extract<Outcome, { is: "done" }>; command: Pending["command"] }) {
  const { key } = (outcome.answer ?? {}) as { key?: string };
  return (
    <>
      <Booked outcome={outcome} command={command} />
      {key && <KeyOnce secret={key} />}
    </>
  );
}

/** The fields of a write that name its subject. */
const naming = [
  "order_id",
  "transfer_id",
  "case_id",
  "campaign_id",
  "alert_id",
  "rule_id",
  "receiver_id",
  "silence_id",
  "name",
  "id",
  "product_id",
  "location_id",
];

/** Which write it was: its name, its subject, and when it was confirmed. */
function What({ of: { command, at } }: { of: Pending }) {
  const { t } = useTranslation("app");
  const said = Object.entries(command.body);
  const names = naming.flatMap((name) => said.filter(([field, value]) => field === name && value).map(([, id]) => id));
  return (
    <span>
      {t(`act.name.${command.operation}`)} <Id>{names.join(" · ")}</Id>,{" "}
      <Time at={new Date(at).toISOString()} relative />.
    </span>
  );
}
