import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";

interface Tab {
  key: string;
  label: string;
  children: ReactNode;
}

/**
 * Tabs of which one is shown. Where they are wider than the window they scroll:
 * those that do not fit are not put into a menu, which a list of tabs must not have.
 */
export function Tabs(props: { label: string; tabs: Tab[]; active: string; onChange: (key: string) => void }) {
  const { tabs, active, onChange } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = tabs.find(({ key }) => key === active) ?? tabs[0];

  useEffect(() => {
    list.current?.querySelector(`[data-tab="${active}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);

  // The arrows go from tab to tab, as screen readers expect of a list of tabs.
  function turn(event: KeyboardEvent) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !shown) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(shown) + by + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.key);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.key}"]`)?.focus();
  }

  return (
    <>
      <div ref={list} role="tablist" aria-label={props.label} className="tabs" onKeyDown={turn}>
        {tabs.map(({ key, label }) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`${id}-${key}`}
            data-tab={key}
            aria-selected={key === shown?.key}
            aria-controls={`${id}-panel`}
            tabIndex={key === shown?.key ? 0 : -1}
            onClick={() => onChange(key)}
          >
            {label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown?.key}`}>
        {shown?.children}
      </div>
    </>
  );
}
