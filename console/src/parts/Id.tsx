import { pieces } from "../format/id.ts";

/** An id: apart from the direction of the text around it, and with what cannot be seen made visible. */
export function Id({ children }: { children: string }) {
  if (children === "") return <span className="muted">–</span>;
  return (
    <bdi className="id">
      {pieces(children).map((piece, at) =>
        piece.stands ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of an id never change places
          <span key={at} className="unseen" title={piece.stands}>
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}
