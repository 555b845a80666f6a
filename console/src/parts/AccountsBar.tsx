import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { quantity } from "../format/decimal.ts";
import { type Part, parts } from "../states.ts";
import { type Line, type Reckoning, wordsOf } from "./accounts.ts";
import { StockBar } from "./StockBar.tsx";

interface Measured {
  unit?: string | undefined;
  scale?: number | undefined;
}

export function Swatch({ part }: { part: Part }) {
  return (
    <span
      aria-hidden="true"
      className={`swatch fill ${parts[part].pattern}`}
      style={{ color: `var(--part-${part})` }}
      title={parts[part].shape}
    />
  );
}

/** The name of an account in the reader's language. */
export function AccountName({ account }: { account: string }) {
  const { t } = useTranslation("app");
  const { key, name } = wordsOf(account);
  return <bdi>{t(`account.${key}`, { name, defaultValue: account })}</bdi>;
}

/** Where the units of an item are: each account a part of the bar, and a figure that leads to what it is made of. */
export function AccountsBar(props: { of: Measured; reckoning: Reckoning; tabOf: (line: Line) => string | undefined }) {
  const { t } = useTranslation("app");
  const { of, reckoning } = props;
  const figure = (line: Line): ReactNode => {
    const inner = (
      <>
        <Swatch part={line.part} /> <AccountName account={line.account} />{" "}
        <strong className="figure">{quantity(line.value, of.unit, of.scale)}</strong>
      </>
    );
    const tab = props.tabOf(line);
    return tab ? (
      <Link from="/items/$product" to="." search={(before) => ({ ...before, tab })}>
        {inner}
      </Link>
    ) : (
      <span>{inner}</span>
    );
  };
  return (
    <div className="accounts">
      <StockBar of={of} tall segments={reckoning.here.map(({ part, value }) => ({ part, value }))} />
      <p className="legend">
        {reckoning.here.map((line, at) => (
          <Fragment key={line.account}>
            {at > 0 && <span className="muted">+</span>}
            {figure(line)}
          </Fragment>
        ))}
        <span>
          <span className="muted">=</span> {t("figure.on_hand")}{" "}
          <strong className="figure">{quantity(reckoning.onHand, of.unit, of.scale)}</strong>
        </span>
      </p>
      {reckoning.away.length > 0 && (
        <p className="legend">
          {reckoning.away.map((line) => (
            <Fragment key={line.account}>{figure(line)}</Fragment>
          ))}
        </p>
      )}
    </div>
  );
}
