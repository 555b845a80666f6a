import { Button, Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** A text to be copied. Where the browser has no clipboard for the page it is marked, to be copied by keys. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation("app");
  const field = useRef<InputRef>(null);
  const [copied, setCopied] = useState<"done" | "marked">();

  async function copy() {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text); // there is none over plain HTTP
      setCopied("done");
    } catch {
      setCopied(document.execCommand("copy") ? "done" : "marked");
    }
  }

  return (
    <p className="buttons">
      <Input
        ref={field}
        className="secret"
        readOnly
        value={text}
        aria-label={label}
        onFocus={(event) => event.target.select()}
        autoComplete="off"
        spellCheck={false}
      />
      <Button onClick={() => void copy()}>{t("once.copy")}</Button>
      <span role="status">{copied && t(`once.${copied}`)}</span>
    </p>
  );
}
