import { Link } from "@tanstack/react-router";
import { usePageTabs } from "../app/pages.ts";

/** The pages next to this one, where its route says that it is a tab. */
export function PageTabs() {
  const of = usePageTabs();
  if (!of) return null;
  return (
    <nav className="tabs" aria-label={of.label}>
      {of.tabs.map(({ to, name }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
