import { useTranslation } from "react-i18next";
import type { Command } from "../api/commands.ts";
import { CommandButtons } from "./CommandButton.tsx";
import { CommandForm } from "./CommandForm.tsx";
import { Id } from "./Id.tsx";
import type { Planned } from "./plan.ts";
import { Time } from "./Time.tsx";

/** An event that a target did not take, or a message that was no command. */
export interface Parked {
  id: string;
  title: string;
  cause: string;
  tries: number;
  since?: string;
  state: "parked" | "requeued" | "discarded";
  waiting?: number;
  body?: string;
}

/** The two writes about what is parked, for one of them. */
type Writes = (id: string) => { requeue: Command; discard: Command };

/** The parked messages, the oldest first, each with the actions that are possible. */
export function ParkedCards(props: { items: Parked[]; more: boolean; writes: Writes }) {
  const { t } = useTranslation("app");
  const { items, more, writes } = props;
  if (items.length === 0) return <p className="muted">{t("parked.none")}</p>;
  return (
    <>
      {more && <p className="muted">{t("parked.more", { count: items.length })}</p>}
      <ul className="parked">
        {items.map((one) => (
          <li key={one.id}>
            <p>
              <strong>
                <Id>{one.title}</Id>
              </strong>{" "}
              {t(`act.flow.${one.state}`)} <Time at={one.since} relative />{" "}
              <span className="muted">
                {t("parked.tries", { count: one.tries })}
                {one.waiting ? `, ${t("parked.waiting", { count: one.waiting })}` : ""}
              </span>
            </p>
            <p>
              <bdi>{one.cause}</bdi>
            </p>
            {one.body && (
              <p className="muted">
                <bdi>{one.body}</bdi>
              </p>
            )}
            <Ways of={one} writes={writes} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Ways({ of, writes }: { of: Parked; writes: Writes }) {
  const { requeue, discard } = writes(of.id);
  const plan = (command: Command, after: Parked["state"]): Planned => ({
    plan: {
      command,
      lines: [
        {
          of: of.title,
          figure: { words: "parked.state" },
          before: { words: `act.flow.${of.state}` },
          after: { words: `act.flow.${after}` },
        },
      ],
    },
  });
  const offer = (command: Command, after: Parked["state"]) => ({
    operation: command.operation,
    form: (onClose: () => void) => (
      <CommandForm operation={command.operation} plan={() => plan(command, after)} onClose={onClose}>
        {() => null}
      </CommandForm>
    ),
  });
  return <CommandButtons offers={[offer(requeue, "requeued"), offer(discard, "discarded")]} />;
}
