import { Button } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Operation, rolesOf } from "../api/commands.ts";
import { useWho } from "../api/queries.ts";

/** A write that a page offers. */
export interface Offer {
  operation: Operation;
  /** What it is called, where a page offers the operation for more than one thing. */
  name?: string;
  /** Its form: a CommandForm. */
  form: (onClose: () => void) => ReactNode;
}

const nameOf = ({ name, operation }: Offer): string => name ?? operation;

/** Why the one who is signed in may not call an operation, in his words; undefined where he may. */
function useDenial(location: string | undefined) {
  const { t } = useTranslation("app");
  const { data: who } = useWho();
  return (operation: Operation): string | undefined => {
    if (!who) return t("act.whoUnknown");
    const roleName = (role: string) => t(`role.${role}`, { defaultValue: role });
    if (who.actions.includes(operation)) {
      const here = location === undefined || !who.locations || who.locations.includes(location);
      return here ? undefined : t("act.elsewhere", { places: who.locations?.join(", ") ?? "" });
    }
    if (rolesOf[operation].includes(who.role)) return t("act.scope", { own: roleName(who.role) });
    const roles = rolesOf[operation].map(roleName).join(t("act.or"));
    return t("act.role", { roles, own: roleName(who.role) });
  };
}

/** A button of a write. Who may not is told why: it is not hidden, and it can be reached with the keys. */
function CommandButton(props: { name: string; denial: string | undefined; open: boolean; onClick: () => void }) {
  const { t } = useTranslation("app");
  const { name, denial, open } = props;
  return (
    <Button
      data-operation={name}
      aria-expanded={open}
      onClick={props.onClick}
      {...(denial ? { "aria-disabled": true, title: denial, className: "denied" } : {})}
    >
      {t(`act.name.${name}`)}
    </Button>
  );
}

/** The writes of a page side by side, and below them the form of the one that is open. */
export function CommandButtons({ offers, location }: { offers: Offer[]; location?: string }) {
  const { t } = useTranslation("app");
  const denialOf = useDenial(location);
  const [open, setOpen] = useState<string | undefined>();
  const bar = useRef<HTMLDivElement>(null);
  const shown = offers.find((offer) => nameOf(offer) === open);
  const denial = shown && denialOf(shown.operation);

  function close() {
    setOpen(undefined);
    bar.current?.querySelector<HTMLElement>(`[data-operation="${open}"]`)?.focus();
  }

  return (
    <section className="commands-box" aria-label={t("act.label")}>
      <div ref={bar} className="filters">
        {offers.map((offer) => {
          const name = nameOf(offer);
          return (
            <CommandButton
              key={name}
              name={name}
              denial={denialOf(offer.operation)}
              open={name === open}
              onClick={() => setOpen(name === open ? undefined : name)}
            />
          );
        })}
      </div>
      {denial && (
        <p role="status" className="fault frame">
          {denial}
        </p>
      )}
      {shown && !denial && <div key={open}>{shown.form(close)}</div>}
    </section>
  );
}
