import { DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ExportQuery, exportAddress, exportKinds } from "../../api/fileQueries.ts";
import { Choice } from "./Choice.tsx";

/** A form of a table: its format, and of a CSV how its letters are written. */
const forms = ["utf-8-bom", "utf-8", "gb18030", "xlsx"] as const;
type Form = (typeof forms)[number];

/** Tables out: the browser takes the file as it comes. */
export function TakeOut() {
  const { t } = useTranslation("files");
  const title = useId();
  const [kind, setKind] = useState<ExportQuery["kind"]>("levels");
  const [form, setForm] = useState<Form>("utf-8-bom");
  const asked: ExportQuery = form === "xlsx" ? { kind, format: "xlsx" } : { kind, format: "csv", encoding: form };
  return (
    <section aria-labelledby={title}>
      <h2 id={title}>{t("out")}</h2>
      <div className="filters">
        <Choice
          label={t("kind")}
          value={kind}
          options={exportKinds.map((value) => [value, t(`kinds.${value}`)])}
          onChange={setKind}
        />
        <Choice
          label={t("form")}
          value={form}
          options={forms.map((value) => [value, t(`forms.${value}`)])}
          onChange={setForm}
        />
        <Button data-operation="ExportFile" icon={<DownloadOutlined />} href={exportAddress(asked)} download>
          {t("keep")}
        </Button>
      </div>
    </section>
  );
}
