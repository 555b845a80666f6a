import { Button } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Operation, rolesOf } from "../api/commands.ts";
import { useWho } from "../api/queries.ts";
import { type Denial, isShown, type Pressed, press, settled } from "./offers.ts";

/** A write that a page offers. */
export interface Offer {
  operation: Operation;
  /** Its name, where a page offers the operation for more than one thing. */
  name?: string;
  /** Its form: a CommandForm. */
  form: (onClose: () => void) => ReactNode;
  /** Where it acts, if that is not the place of the page. */
  location?: string;
  /** Why it cannot be done now. An open form stays: it shows the outcome. */
  off?: string | undefined;
}

const nameOf = ({ name, operation }: Offer): string => name ?? operation;

/** The reason why the signed-in person may not call an operation; undefined where there is none. */
function useDenial() {
  const { t } = useTranslation("app");
  const { data: who } = useWho();
  return (operation: Operation, location: string | undefined): Denial | undefined => {
    if (!who) return { kind: "unknown", words: t("act.whoUnknown") };
    const roleName = (role: string) => t(`role.${role}`, { defaultValue: role });
    if (who.actions.includes(operation)) {
      const here = location === undefined || !who.locations || who.locations.includes(location);
      const places = who.locations?.join(", ") ?? "";
      return here ? undefined : { kind: "place", words: t("act.elsewhere", { places }) };
    }
    const own = roleName(who.role);
    if (rolesOf[operation].includes(who.role)) return { kind: "rights", words: t("act.scope", { own }) };
    const roles = rolesOf[operation].map(roleName).join(t("act.or"));
    return { kind: "rights", words: t("act.role", { roles, own }) };
  };
}

/** A button of a write. A person who may not use it sees why: it is not hidden, and the keyboard can reach it. */
function CommandButton(props: { offer: Offer; denial: Denial | undefined; open: boolean; onClick: () => void }) {
  const { t } = useTranslation("app");
  const { offer, denial, open } = props;
  return (
    <Button
      data-operation={offer.operation}
      data-offer={nameOf(offer)}
      data-denied={denial?.kind}
      aria-expanded={open}
      onClick={props.onClick}
      {...(denial ? { "aria-disabled": true, title: denial.words, className: "denied" } : {})}
    >
      {t(`act.name.${nameOf(offer)}`)}
    </Button>
  );
}

/** The writes of a page side by side, and below them the form of the one that is open. */
export function CommandButtons({ offers, location }: { offers: Offer[]; location?: string }) {
  const { t } = useTranslation("app");
  const denialOf = useDenial();
  const [asked, setAsked] = useState<Pressed | undefined>();
  const bar = useRef<HTMLDivElement>(null);
  const denialOfOffer = ({ operation, location: own, off }: Offer): Denial | undefined =>
    denialOf(operation, own ?? location) ?? (off ? { kind: "state", words: off } : undefined);
  const current = asked && offers.find((offer) => nameOf(offer) === asked.name);
  const denial = current && denialOfOffer(current);
  const now = asked && settled(asked, denial);
  if (now !== asked) setAsked(now);
  const shown = now && isShown(now, denial) ? current : undefined;

  function close() {
    setAsked(undefined);
    bar.current?.querySelector<HTMLElement>(`[data-offer="${asked?.name}"]`)?.focus();
  }

  return (
    <section className="commands-box" aria-label={t("act.label")}>
      <div ref={bar} className="filters">
        {offers.map((offer) => {
          const name = nameOf(offer);
          const denial = denialOfOffer(offer);
          return (
            <CommandButton
              key={name}
              offer={offer}
              denial={denial}
              open={offer === shown}
              onClick={() => setAsked(offer === shown ? undefined : press(name, denial))}
            />
          );
        })}
      </div>
      {denial && !shown && (
        <p role="status" className="fault frame">
          {denial.words}
        </p>
      )}
      {shown && <div key={nameOf(shown)}>{shown.form(close)}</div>}
    </section>
  );
}
