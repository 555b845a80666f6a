import { Alert, Button } from "antd";
import { errorOf, HoldfastError } from "holdfast-client";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Encoding,
  type Import,
  type ImportKind,
  importKinds,
  importOf,
  send,
  type Way,
} from "../../api/fileQueries.ts";
import { queryClient } from "../../api/queries.ts";
import { Small, sentence } from "../../parts/Frame.tsx";
import { Choice } from "./Choice.tsx";
import { type Preview, previewOf } from "./preview.ts";
import { Rows } from "./Rows.tsx";

/** A file that was chosen, and the outcome of its dry run. */
interface Chosen {
  file: File;
  preview: Preview;
}

/** The encodings that a file may have, the server's look at it first. */
const encodings: (Encoding | "")[] = [
  "",
  "utf-8",
  "gb18030",
  "windows-1252",
  "windows-1251",
  "shift_jis",
  "big5",
  "macintosh",
];

/** Pick a file, see its first rows, try it, apply it. */
export function BringIn({ onSent }: { onSent: (id: string) => void }) {
  const { t } = useTranslation(["files", "app"]);
  const input = useRef<HTMLInputElement>(null);
  const title = useId();
  const [kind, setKind] = useState<ImportKind>("levels");
  const [mode, setMode] = useState<Way["mode"]>("each");
  const [fresh, setFresh] = useState<Way["new"]>("refuse");
  const [encoding, setEncoding] = useState<Encoding | "">("");
  const [decimal, setDecimal] = useState<NonNullable<Way["decimal"]> | "">("");
  const [chosen, setChosen] = useState<Chosen>();
  const [tried, setTried] = useState<string>();
  const [busy, setBusy] = useState<"dry" | "apply">();
  const [error, setError] = useState<HoldfastError>();

  const change = (by: () => void) => {
    by();
    setTried(undefined);
    setError(undefined);
  };
  const pick = async (file: File | undefined) => {
    if (!file) return;
    const preview = await previewOf(file, encoding || undefined);
    change(() => setChosen({ file, preview }));
  };
  const read = async (as: Encoding | "") => {
    const preview = chosen && (await previewOf(chosen.file, as || undefined));
    change(() => {
      setEncoding(as);
      if (chosen && preview) setChosen({ file: chosen.file, preview });
    });
  };
  const go = async (dry_run: boolean) => {
    if (!chosen) return;
    setBusy(dry_run ? "dry" : "apply");
    setError(undefined);
    try {
      const sent: Import = await send(chosen.file, {
        kind,
        mode,
        dry_run,
        new: fresh,
        ...(encoding && { encoding }),
        ...(decimal && { decimal }),
      });
      queryClient.setQueryData(importOf(sent.import_id).queryKey, sent);
      setTried(dry_run ? sent.import_id : undefined);
      onSent(sent.import_id);
    } catch (thrown) {
      setError(thrown instanceof HoldfastError ? thrown : errorOf(new Response(null, { status: 500 }), thrown));
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <section aria-labelledby={title}>
      <h2 id={title}>{t("files:in")}</h2>
      <div className="filters">
        <Choice
          label={t("files:kind")}
          value={kind}
          options={importKinds.map((value) => [value, t(`files:kinds.${value}`)])}
          onChange={(value) => change(() => setKind(value))}
        />
        <Choice
          label={t("files:mode")}
          value={mode}
          options={(["each", "all"] as const).map((value) => [value, t(`files:modes.${value}`)])}
          onChange={(value) => change(() => setMode(value))}
        />
        <Choice
          label={t("files:new")}
          value={fresh}
          options={(["refuse", "allow"] as const).map((value) => [value, t(`files:news.${value}`)])}
          onChange={(value) => change(() => setFresh(value))}
        />
        <Choice
          label={t("files:encoding")}
          value={encoding}
          options={encodings.map((value) => [value, value || t("files:look")])}
          onChange={(value) => void read(value)}
        />
        <Choice
          label={t("files:decimal")}
          value={decimal}
          options={[
            ["", t("files:decimals.none")],
            [".", t("files:decimals.point")],
            [",", t("files:decimals.comma")],
          ]}
          onChange={(value) => change(() => setDecimal(value))}
        />
        <input
          ref={input}
          type="file"
          hidden
          accept=".csv,.tsv,.txt,.xlsx"
          aria-label={t("files:file")}
          onChange={({ target }) => {
            void pick(target.files?.[0]);
            target.value = "";
          }}
        />
        <Button onClick={() => input.current?.click()}>{t("files:choose")}</Button>
        {chosen && (
          <span role="status">
            <bdi>{chosen.file.name}</bdi> · {t("files:bytes", { count: chosen.file.size })}
            {chosen.preview.encoding && ` · ${chosen.preview.encoding}`}
          </span>
        )}
      </div>
      {chosen && <First preview={chosen.preview} />}
      {error && (
        <Alert
          className="frame"
          type="error"
          role="alert"
          title={sentence(t, error)}
          description={<Small error={error} />}
        />
      )}
      <div className="filters">
        <Button {...ready(Boolean(chosen) && !busy)} loading={busy === "dry"} onClick={() => void go(true)}>
          {t("files:try")}
        </Button>
        <Button
          type="primary"
          {...ready(Boolean(tried) && !busy)}
          loading={busy === "apply"}
          onClick={() => void go(false)}
        >
          {t("files:apply")}
        </Button>
        <span className="muted">{tried ? t("files:applyNote") : t("files:tryNote")}</span>
      </div>
    </section>
  );
}

/** The attributes of a button that sends the file: everybody who sees this page may import, and needs a file for it. */
function ready(is: boolean) {
  return { "data-operation": "ImportFile", "data-denied": is ? undefined : "state", disabled: !is };
}

function First({ preview }: { preview: Preview }) {
  const { t } = useTranslation("files");
  const [head, ...rows] = preview.rows;
  if (!head) return <p>{t("workbook")}</p>;
  return <Rows label={t("first", { count: rows.length })} head={head} rows={rows} />;
}
