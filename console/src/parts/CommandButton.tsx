import { Button } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Operation, rolesOf } from "../api/commands.ts";
import { useWho } from "../api/queries.ts";

/** A write that a page offers. */
export interface Offer {
  operation: Operation;
  /** Its form: a CommandForm. */
  form: (onClose: () => void) => ReactNode;
}

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
function CommandButton(props: {
  operation: Operation;
  denial: string | undefined;
  open: boolean;
  onClick: () => void;
}) {
  const { t } = useTranslation("app");
  const { operation, denial, open } = props;
  return (
    <Button
      data-operation={operation}
      aria-expanded={open}
      onClick={props.onClick}
      {...(denial ? { "aria-disabled": true, title: denial, className: "denied" } : {})}
    >
      {t(`act.name.${operation}`)}
    </Button>
  );
}

/** The writes of a page side by side, and below them the form of the one that is open. */
export function CommandButtons({ offers, location }: { offers: Offer[]; location?: string }) {
  const { t } = useTranslation("app");
  const denialOf = useDenial(location);
  const [open, setOpen] = useState<Operation | undefined>();
  const bar = useRef<HTMLDivElement>(null);
  const shown = offers.find(({ operation }) => operation === open);
  const denial = open && denialOf(open);

  function close() {
    setOpen(undefined);
    bar.current?.querySelector<HTMLElement>(`[data-operation="${open}"]`)?.focus();
  }

  return (
    <section className="commands-box" aria-label={t("act.label")}>
      <div ref={bar} className="filters">
        {offers.map(({ operation }) => (
          <CommandButton
            key={operation}
            operation={operation}
            denial={denialOf(operation)}
            open={operation === open}
            onClick={() => setOpen(operation === open ? undefined : operation)}
          />
        ))}
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
