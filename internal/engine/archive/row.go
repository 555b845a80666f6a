package archive

import (
	"bytes"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// recordRow is a record in a log file: the columns of the log table, bit for
// bit. The columns are kept for ever (docs/operations/archive.md).
type recordRow struct {
	Seq    int64    `parquet:"seq,delta"`
	At     int64    `parquet:"at,delta,timestamp(millisecond)"`
	Writer [16]byte `parquet:"writer"`
	Nonce  uint64   `parquet:"nonce"`
	Hash   [32]byte `parquet:"hash"`
	Body   []byte   `parquet:"body"`
	Text   []byte   `parquet:"text,optional"`
}

func (row *recordRow) set(r *engine.Record) {
	*row = recordRow{int64(r.Seq), int64(r.At), r.Writer, r.Nonce, r.Hash, r.Body, r.Text}
	if len(r.Text) == 0 {
		row.Text = nil
	}
}

// record returns the record, which shares no memory with the row.
func (row *recordRow) record() engine.Record {
	r := engine.Record{
		Seq: engine.Seq(row.Seq), At: stock.Time(row.At), Writer: row.Writer, Nonce: row.Nonce, Hash: row.Hash,
		Body: bytes.Clone(row.Body),
	}
	if len(row.Text) > 0 {
		r.Text = bytes.Clone(row.Text)
	}
	return r
}

// sameRecord reports whether two records are the same bit for bit.
func sameRecord(a, b *engine.Record) bool { return sameHead(a, b) && sameContent(a, b) }

// sameHead reports whether two records are the same but for what redacting
// and dropping a tenant may change.
func sameHead(a, b *engine.Record) bool {
	return a.Seq == b.Seq && a.At == b.At && a.Writer == b.Writer && a.Nonce == b.Nonce && a.Hash == b.Hash
}

func sameContent(a, b *engine.Record) bool {
	return bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Text, b.Text)
}

// examine checks that the record is whole and says the same as its columns,
// and returns the hash of the record before. Its meaning is left to verify.
func examine(r *engine.Record) (prev Hash, err error) {
	v, err := stock.ParseRecord(r.Body)
	if err != nil {
		return prev, err
	}
	h := v.Header()
	if h.Seq != uint64(r.Seq) || h.At != r.At || h.Writer != r.Writer || h.Nonce != r.Nonce || v.Hash() != r.Hash {
		return prev, fmt.Errorf("the columns of record %d and its body differ", r.Seq)
	}
	return h.Prev, nil
}
