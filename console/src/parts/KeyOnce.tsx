import { Alert, Button, Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** A secret that the server shows once. Where the browser has no clipboard for the page it is marked, to be copied by keys. */
export function KeyOnce({ secret }: { secret: string | undefined }) {
  const { t } = useTranslation("app");
  const field = useRef<InputRef>(null);
  const [copied, setCopied] = useState<"done" | "marked">();
  if (!secret) return <Alert className="frame" type="warning" role="alert" title={t("once.lost")} />;

  async function copy(text: string) {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text); // there is none over plain HTTP
      setCopied("done");
    } catch {
      setCopied(document.execCommand("copy") ? "done" : "marked");
    }
  }

  return (
    <div className="frame once">
      <p>
        <strong>{t("once.title")}</strong>
      </p>
      <p className="buttons">
        <Input
          ref={field}
          className="secret"
          readOnly
          value={secret}
          aria-label={t("once.key")}
          onFocus={(event) => event.target.select()}
          autoComplete="off"
          spellCheck={false}
        />
        <Button onClick={() => void copy(secret)}>{t("once.copy")}</Button>
        <span role="status">{copied && t(`once.${copied}`)}</span>
      </p>
    </div>
  );
}
