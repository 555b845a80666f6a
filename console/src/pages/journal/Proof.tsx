import { SafetyCertificateOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { records } from "../../api/journalQueries.ts";
import { stamp } from "../../format/time.ts";
import { Id } from "../../parts/Id.tsx";
import type { Chain, Differs, Proof } from "../../proof/prove.ts";

type Entry = components["schemas"]["LogEntry"];

/** Proves the rows that are shown, in this browser. */
export function useProof(rows: readonly Entry[]) {
  const [state, setState] = useState<{ of?: string; busy?: boolean; proof?: Proof; failed?: unknown }>({});
  const of = `${rows[0]?.entry_id} ${rows.length}`;
  const prove = async () => {
    setState({ of, busy: true });
    try {
      const { prove } = await import("../../proof/prove.ts");
      const { headsSeen, keepHeads } = await import("../../proof/seen.ts");
      const proof = await prove(rows, headsSeen(), records);
      if (!proof.differs) keepHeads(proof.chains);
      setState({ of, proof });
    } catch (failed) {
      setState({ of, failed });
    }
  };
  return { ...(state.of === of ? state : {}), prove };
}

export function ProveButton(props: { busy: boolean | undefined; disabled: boolean; onClick: () => void }) {
  const { t } = useTranslation("journal");
  return (
    <Button
      icon={<SafetyCertificateOutlined />}
      loading={props.busy ?? false}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {t("prove")}
    </Button>
  );
}

/** The outcome of a proof: the number of rows that hold and the reach of the chain, or the first difference. */
export function Proven({ proof, failed }: { proof?: Proof | undefined; failed?: unknown }) {
  const { t } = useTranslation("journal");
  if (failed)
    return (
      <Alert
        className="frame"
        type="warning"
        role="status"
        title={t("proofFailed")}
        description={<bdi>{String(failed)}</bdi>}
      />
    );
  if (!proof) return null;
  if (proof.differs) return <Difference of={proof.differs} />;
  return (
    <Alert
      className="frame"
      type="success"
      role="status"
      title={t("proven", { proven: proof.proven, rows: proof.rows })}
      description={
        <ul>
          {proof.redacted > 0 && <li>{t("redacted", { count: proof.redacted })}</li>}
          {proof.chains.map((chain) => (
            <Reach key={chain.slot} of={chain} />
          ))}
        </ul>
      }
    />
  );
}

function Reach({ of }: { of: Chain }) {
  const { t, i18n } = useTranslation("journal");
  const time = (at: number) => stamp(new Date(at), new Date(), i18n.language);
  return (
    <li>
      {t(of.whole ? "chainWhole" : "chainPart", {
        slot: of.slot,
        first: of.first,
        last: of.last.seq,
        time: time(of.last.at),
      })}{" "}
      {of.anchor ? t("anchored", { seq: of.anchor.seq, time: time(of.anchor.at) }) : t("firstSeen")}{" "}
      <Id>{of.last.hash}</Id>
    </li>
  );
}

function Difference({ of }: { of: Differs }) {
  const { t } = useTranslation("journal");
  return (
    <Alert
      className="frame"
      type="error"
      role="alert"
      title={t(`differs.${of.code}`, { slot: of.slot, seq: of.seq })}
      description={
        <>
          {of.entry && <Id>{of.entry.entry_id}</Id>}{" "}
          {of.fields && t("differs.fields", { fields: of.fields.join(", ") })}
        </>
      }
    />
  );
}
