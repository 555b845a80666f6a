/** Rows of a file as it has them. */
export function Rows(props: { label: string; head: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keys
    <section className="table-box" aria-label={props.label} tabIndex={0}>
      <table className="plan">
        <caption>{props.label}</caption>
        <thead>
          <tr>
            {numbered(props.head).map(([i, cell]) => (
              <th key={i} scope="col">
                <bdi>{cell}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {numbered(props.rows).map(([i, row]) => (
            <tr key={i}>
              {numbered(row).map(([j, cell]) => (
                <td key={j}>
                  <bdi>{cell}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Only its position identifies a cell of a file. */
function numbered<T>(all: readonly T[]): [number, T][] {
  return all.map((one, i) => [i, one]);
}
