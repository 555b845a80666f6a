import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Modal } from "antd";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { suggestions } from "../api/itemQueries.ts";
import { useWho } from "../api/queries.ts";
import type { Suggestion } from "../api/types.ts";
import { Id } from "../parts/Id.tsx";
import { useDelayed } from "../parts/useDelayed.ts";
import { layer } from "./base.ts";
import { useEntries } from "./pages.ts";

interface Choice {
  key: string;
  kind: string;
  label: ReactNode;
  go: () => void;
}

/** Ctrl-K: everything that has an id, and the pages. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("app");
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const q = useDelayed(text, 250);
  const { data, isFetching } = useQuery(suggestions(q));
  const { data: who } = useWho();
  useEffect(() => input.current?.focus(), []);

  function leads(one: Suggestion): (() => void) | undefined {
    if (one.kind === "product") return () => void navigate({ to: "/items/$product", params: { product: one.id } });
    if (one.kind === "order") return () => void navigate({ to: "/orders/$order", params: { order: one.id } });
    if (one.kind === "location") return () => void navigate({ to: "/items", search: { loc: one.id } });
    if (one.kind === "channel") return () => void navigate({ to: "/items", search: { ch: one.id } });
    if (one.kind === "transfer")
      return () => void navigate({ to: "/transfers/$transfer", params: { transfer: one.id } });
    if (one.kind === "case") return () => void navigate({ to: "/cases/$case", params: { case: one.id } });
    return undefined; // its page is not built yet
  }

  const found: Choice[] = (text === "" ? [] : (data?.suggestions ?? [])).flatMap((one) => {
    const go = leads(one);
    const label = (
      <>
        <Id>{one.id}</Id> {one.title && <span className="muted">{one.title}</span>}
      </>
    );
    return go ? [{ key: `${one.kind} ${one.id}`, kind: t(`thing.${one.kind}`), label, go }] : [];
  });
  const pages: Choice[] = useEntries()
    .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    .map(({ name, to }) => ({
      key: to,
      kind: t("thing.page"),
      label: name,
      go: () => void navigate({ to }),
    }));
  // Where there is no till yet, no tab leads to the page on which the first one is made.
  if (who?.actions.includes("ListTills") && t("nav.tills").toLowerCase().includes(text.toLowerCase())) {
    const go = () => void navigate({ to: "/running", search: { tab: "tills" } });
    pages.push({ key: "tills", kind: t("thing.page"), label: t("nav.tills"), go });
  }
  const choices = [...found, ...pages];
  const chosen = Math.min(at, choices.length - 1);

  function take(choice: Choice | undefined) {
    if (!choice) return;
    onClose();
    choice.go();
  }

  function press(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, choices.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") take(choices[chosen]);
    else return;
    event.preventDefault();
  }

  return (
    <Modal
      open
      title={t("palette.title")}
      footer={null}
      closable={false}
      onCancel={onClose}
      getContainer={layer}
      width={560}
      style={{ top: 80 }}
    >
      <div className="palette">
        <input
          ref={input}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
          placeholder={t("palette.hint")}
          aria-label={t("palette.title")}
          role="combobox"
          aria-expanded={choices.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={choices[chosen] ? `palette-${chosen}` : undefined}
          autoComplete="off"
          spellCheck={false}
        />
        <div id="palette-list" role="listbox" aria-label={t("palette.results")}>
          {choices.map((choice, index) => (
            <div
              key={choice.key}
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              className={index === chosen ? "choice at" : "choice"}
              onMouseMove={() => setAt(index)}
              onClick={() => take(choice)}
              onKeyDown={press}
            >
              <span className="kind">{choice.kind}</span> {choice.label}
            </div>
          ))}
        </div>
        {text !== "" && q === text && !isFetching && choices.length === 0 && (
          <p className="muted">{t("palette.nothing", { q: text })}</p>
        )}
        <p className="muted foot">{t("palette.foot")}</p>
      </div>
    </Modal>
  );
}
