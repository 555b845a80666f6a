import { type Key, type ReactNode, type UIEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useKeys } from "../app/keys.ts";
import { useNarrow } from "./useNarrow.ts";

export interface Column<Row> {
  key: string;
  title: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Figures stand right, so that their digits are under each other. */
  figure?: boolean;
  width?: number;
  /** Stands under the cell where the window is narrow. */
  second?: (row: Row) => ReactNode;
  /** Left out where the window is narrow. */
  wide?: boolean;
  /** The sort of the list when this column is chosen. */
  sort?: string;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  /** A row that is not there yet is undefined; its line is kept free. */
  rows: readonly (Row | undefined)[];
  rowKey: (row: Row) => Key;
  rowClass?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** The reader stands on the row. */
  onAt?: (row: Row) => void;
  /** The row is chosen, or no longer, by its key. */
  onMark?: (row: Row) => void;
  /** Called with the lines that can be seen. */
  onSeen?: (first: number, last: number) => void;
  /** Scrolls in itself and draws only what can be seen; left out: as long as its rows. */
  fills?: boolean;
  sort?: string | undefined;
  onSort?: (sort: string) => void;
}

const spare = 10;
const usual = 100;

/**
 * A table. It is a real table, which screen readers can walk through and count. Of a long one only the
 * visible lines are drawn: all lines are equally high, so their places are known.
 */
export function DataTable<Row>(props: Props<Row>) {
  const { rows, columns, fills = false, onSeen } = props;
  const narrow = useNarrow();
  const height = narrow ? 48 : 32;
  const box = useRef<HTMLElement>(null);
  const [range, setRange] = useState({ first: 0, last: 40 });
  const [at, setAt] = useState(-1);
  const [wider, setWider] = useState(false);

  function look(element: HTMLElement) {
    const first = Math.floor(element.scrollTop / height);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / height);
    setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
  }

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !fills) return;
    const see = () => {
      const first = Math.floor(element.scrollTop / height);
      setRange({ first, last: Math.ceil((element.scrollTop + element.clientHeight) / height) });
    };
    see();
    const observer = new ResizeObserver(see);
    observer.observe(element);
    return () => observer.disconnect();
  }, [fills, height]);

  // A table that is wider than its box scrolls with the arrows too, once it has the focus.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || fills) return;
    const see = () => setWider(element.scrollWidth > element.clientWidth);
    see();
    const observer = new ResizeObserver(see);
    observer.observe(element);
    return () => observer.disconnect();
  }, [fills]);

  useEffect(() => onSeen?.(range.first, range.last), [onSeen, range]);

  function stand(index: number) {
    setAt(index);
    const row = rows[index];
    if (row !== undefined) props.onAt?.(row);
  }

  function go(by: number) {
    const next = Math.max(0, Math.min(rows.length - 1, at + by));
    stand(next);
    const element = box.current;
    if (!element) return;
    if (fills) {
      const room = element.clientHeight - 2 * height;
      if (next * height < element.scrollTop) element.scrollTop = next * height;
      else if (next * height > element.scrollTop + room) element.scrollTop = next * height - room;
    } else {
      element.querySelectorAll("tbody tr")[next]?.scrollIntoView({ block: "nearest" });
    }
  }

  function open() {
    const row = rows[at];
    if (row !== undefined) props.onOpen?.(row);
  }

  function mark() {
    const row = rows[at];
    if (row !== undefined) props.onMark?.(row);
  }

  useKeys({
    ...(props.onMark && at >= 0 ? { x: mark } : {}),
    j: () => go(1),
    k: () => go(-1),
    ...(props.onOpen && at >= 0 ? { Enter: open } : {}),
  });

  const from = fills ? Math.max(0, range.first - spare) : 0;
  const to = fills ? Math.min(rows.length, range.last + spare) : rows.length;
  const shown = columns.filter((column) => !(narrow && column.wide));
  return (
    <section
      ref={box}
      className={fills ? "table-box fills" : "table-box"}
      {...(fills ? { onScroll: (event: UIEvent<HTMLElement>) => look(event.currentTarget) } : {})}
      {...(fills || wider ? { tabIndex: 0 } : {})}
      aria-label={props.label}
    >
      <table aria-label={props.label} aria-rowcount={rows.length + 1} style={{ minWidth: narrow ? 0 : widthOf(shown) }}>
        <thead>
          <tr aria-rowindex={1}>
            {shown.map((column) => (
              <Head
                key={column.key}
                column={column}
                share={narrow ? (column.width ?? usual) / widthOf(shown) : undefined}
                sort={props.sort}
                onSort={props.onSort}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 && (
            // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a line that is kept free takes no focus
            <tr aria-hidden="true" style={{ height: from * height }}>
              <td colSpan={shown.length} />
            </tr>
          )}
          {rows.slice(from, to).map((row, offset) => {
            const index = from + offset;
            if (row === undefined) {
              return (
                <tr key={`#${index}`} style={{ height }}>
                  <td colSpan={shown.length}>
                    <span className="ghost" />
                  </td>
                </tr>
              );
            }
            const name = [index === at ? "at" : "", props.rowClass?.(row) ?? ""].join(" ").trim();
            return (
              <tr
                key={props.rowKey(row)}
                aria-rowindex={index + 2}
                className={name}
                style={{ height }}
                onClick={() => stand(index)}
                onDoubleClick={() => props.onOpen?.(row)}
              >
                {shown.map((column) => (
                  <td key={column.key} className={column.figure ? "right" : undefined}>
                    {column.cell(row)}
                    {narrow && column.second && <div className="second">{column.second(row)}</div>}
                  </td>
                ))}
              </tr>
            );
          })}
          {to < rows.length && (
            // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a line that is kept free takes no focus
            <tr aria-hidden="true" style={{ height: (rows.length - to) * height }}>
              <td colSpan={shown.length} />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function widthOf<Row>(columns: Column<Row>[]): number {
  return columns.reduce((sum, column) => sum + (column.width ?? usual), 0);
}

function Head<Row>(props: {
  column: Column<Row>;
  /** Of the width, where the table is as wide as the window. */
  share: number | undefined;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { column, share, sort, onSort } = props;
  const width = share === undefined ? column.width : `${(share * 100).toFixed(2)}%`;
  const style = width === undefined ? {} : { width };
  const name = column.figure ? "right" : undefined;
  if (!column.sort || !onSort) {
    return (
      <th scope="col" className={name} style={style}>
        {column.title}
      </th>
    );
  }
  const rising = sort === column.sort;
  const falling = sort === `-${column.sort}`;
  const next = rising ? `-${column.sort}` : column.sort;
  return (
    <th scope="col" className={name} style={style} aria-sort={rising ? "ascending" : falling ? "descending" : "none"}>
      <button type="button" className="plain" onClick={() => onSort(next)}>
        {column.title} <span aria-hidden="true">{rising ? "▴" : falling ? "▾" : ""}</span>
      </button>
    </th>
  );
}
