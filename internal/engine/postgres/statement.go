package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// groupShape is the shape of a group: how many rows of each kind its statement
// takes. A few rows are written out with a parameter per column, because that
// starts quicker than arrays do; more come as an array per column.
type groupShape struct {
	part int64 // of the log
	ask  bool

	keys, newHolds, holds, newItems, items int8
	copied                                 bool // new holds follow in a COPY, not as parameters
	buckets                                int8 // 0 or many: they are rare
	spotHolds, spotItems                   int8 // 0 or many: found by their spots
}

const (
	// few is the most rows of a kind that are written out.
	few = 3
	// many stands for any number of rows, in arrays.
	many = few + 1
	// maxForms bounds the statements prepared on a connection; groups of
	// forms past it take arrays, of which there are few forms.
	maxForms = 200
)

// formOf returns the form of a group whose rows are sorted. As many new holds
// as copies are copied.
func formOf(g *engine.Group, r *sorted, part int64, copies int) groupShape {
	f := groupShape{part: part, keys: size(len(g.Keys))}
	f.newHolds, f.holds, f.spotHolds = size(len(r.newHolds)), size(len(r.holds)), arrays(size(len(r.spotHolds)))
	f.newItems, f.items, f.spotItems = size(len(r.newItems)), size(len(r.items)), arrays(size(len(r.spotItems)))
	f.buckets = arrays(size(len(g.Buckets)))
	ask := g.Ask
	if f.ask = ask && f.keys+f.newHolds > 0; f.ask {
		f.keys, f.newHolds = arrays(f.keys), arrays(f.newHolds)
	} else if len(r.newHolds) > 0 && len(r.newHolds) >= copies {
		f.newHolds, f.copied = 0, true
	}
	return f
}

func size(n int) int8 { return int8(min(n, many)) }

// arrays turns a number of rows into one that comes in arrays.
func arrays(n int8) int8 {
	if n == 0 {
		return 0
	}
	return many
}

// general is the form that takes all rows in arrays.
func (f groupShape) general() groupShape {
	f.keys, f.newHolds, f.holds = arrays(f.keys), arrays(f.newHolds), arrays(f.holds)
	f.newItems, f.items = arrays(f.newItems), arrays(f.items)
	return f
}

// A table of a group: its name, the columns that parameters fill and their
// types. bind.go writes them in this order.
type column struct{ name, kind string }

var (
	keyParams  = []column{{"hash", "uuid"}, {"bucket", "smallint"}, {"print", "uuid"}, {"no", "bigint"}}
	holdParams = []column{
		{"order_id", "text"},
		{"tenant", "text"},
		{"bucket", "smallint"},
		{"open", "boolean"},
		{"deadline", "bigint"},
		{"packed", "bytea"},
	}
	itemParams = []column{
		{"tenant", "text"},
		{"product", "text"},
		{"location", "text"},
		{"lot", "bytea"},
		{"bucket", "smallint"},
		{"available", "bigint"},
		{"held", "bigint"},
		{"on_hand", "bigint"},
		{"threshold", "bigint"},
		{"tracked", "boolean"},
		{"on_sale", "boolean"},
		{"low", "boolean"},
		{"version", "bigint"},
		{"updated_at", "bigint"},
		{"lapses_at", "bigint"},
		{"packed", "bytea"},
	}
	bucketParams = []column{{"bucket", "smallint"}, {"packed", "bytea"}}
)

// How many columns of itemParams and holdParams are the key.
const (
	itemKeyCols = 4
	holdKeyCols = 3
)

// writing builds the text of a statement.
type writing struct {
	strings.Builder
	schema string
	params int
}

// The first parameters are the same in all forms.
const (
	paramAfter  = "$1"
	paramSeq    = "$2"
	paramFence  = "$3"
	paramPrev   = "$4" // NULL: only the number is compared
	paramHash   = "$8"
	headParams  = 4
	recordTypes = "$5::bigint, $6::uuid, $7::bigint, $8::bytea, $9::bytea, $10::bytea"
	recordCount = 6
)

// text is the statement of a form. It moves the head if three things hold: the
// head is where the writer expects it, it names the record that the group follows,
// and it has the fence of the writer's session. Only then all rows are stored.
// Everything else depends on f, the row of the head that was moved, so the head's
// lock is taken first. All parts see the state before the statement, which is that
// of the head it compares: a writer that moves the head changes the rows in the
// same transaction.
//
// The answer is one row: whether the head was moved; and when the form asks,
// where the head was before, and which keys and fresh holds exist. Rows that are
// copied after it must not be stored when the head was not moved: then the
// statement fails.
func (f groupShape) text(schema string) string {
	w := &writing{schema: schema, params: headParams + recordCount}
	w.WriteString("WITH ")
	asked := f.addLookups(w)
	w.print("f AS (UPDATE %s.head SET seq = %s, hash = %s WHERE one AND seq = %s AND fence = %s AND (hash = %s::bytea) IS NOT FALSE%s RETURNING 1)",
		schema, paramSeq, paramHash, paramAfter, paramFence, paramPrev, asked)
	w.print(", l AS (INSERT INTO %s.%s (seq, at, writer, nonce, hash, text, body) SELECT %s, %s FROM f)",
		schema, partName(f.part), paramSeq, recordTypes)
	if f.keys > 0 {
		w.print(", k AS (INSERT INTO %s.key (%s) SELECT %s)", schema, names(keyParams), w.rows("", f.keys, keyParams))
	}
	if f.newHolds > 0 {
		w.print(", h AS (INSERT INTO %s.hold (seq, %s) SELECT %s)",
			schema, names(holdParams), w.rows(paramSeq+", ", f.newHolds, holdParams))
	}
	if f.holds > 0 {
		f.changes(w)
	}
	var spotted string
	if f.spotHolds > 0 {
		from := w.spotted(holdParams)
		w.print(", p AS (UPDATE %s.hold t SET seq = %s, %s FROM %s WHERE %s AND EXISTS (SELECT FROM f) RETURNING 1)",
			schema, paramSeq, sets(holdParams[holdKeyCols:]), from, isAt(holdParams[:holdKeyCols]))
		spotted += w.checkAllFound("p")
	}
	if f.buckets > 0 {
		w.print(", b AS (INSERT INTO %s.bucket (seq, %s) SELECT %s ON CONFLICT (bucket) DO UPDATE SET"+
			" seq = excluded.seq, packed = excluded.packed)",
			schema, names(bucketParams), w.rows(paramSeq+", ", f.buckets, bucketParams))
	}
	if f.newItems > 0 {
		w.print(", n AS (INSERT INTO %s.item (%s) SELECT %s)", schema, names(itemParams), w.rows("", f.newItems, itemParams))
	}
	// The changed rows are counted once, then checked. When an item has no row,
	// or a row is not at its spot, the statement divides by zero, so that
	// everything is rolled back.
	answer, counts := "c.f = 1", "(SELECT count(*) FROM f) f"
	if f.copied {
		answer = "CASE c.f WHEN 1 THEN true ELSE ('moved' || c.f)::boolean END"
	}
	if f.ask {
		answer += ", c.seq, c.dk, c.dh"
		counts += fmt.Sprintf(", (SELECT seq FROM %s.head) seq, %s dk, %s dh", schema, places(f.keys, "dk"), places(f.newHolds, "dh"))
	}
	if f.items > 0 {
		w.print(", i AS (UPDATE %s.item t SET %s FROM %s WHERE %s AND EXISTS (SELECT FROM f) RETURNING 1)",
			schema, sets(itemParams[itemKeyCols:]), w.source(f.items, itemParams), matches(itemParams[:itemKeyCols]))
		w.params++
		answer += fmt.Sprintf(", 1 / (c.i = c.f * $%d::bigint)::int", w.params)
		counts += ", (SELECT count(*) FROM i) i"
	}
	if f.spotItems > 0 {
		from := w.spotted(itemParams)
		w.print(", q AS (UPDATE %s.item t SET %s FROM %s WHERE %s AND EXISTS (SELECT FROM f) RETURNING 1)",
			schema, sets(itemParams[itemKeyCols:]), from, isAt(itemParams[:itemKeyCols]))
		spotted += w.checkAllFound("q")
	}
	answer += spotted
	w.print(" SELECT %s FROM (SELECT %s OFFSET 0) c", answer, counts)
	return w.String()
}

// changes adds the holds that are believed to exist. They are updated, which
// costs less than an insert that meets them; those that were dropped meanwhile
// are missing then and are inserted. Both take the same parameters.
func (f groupShape) changes(w *writing) {
	at := w.params
	rows := w.numbered(f.holds, holdParams)
	w.print(", o AS (UPDATE %s.hold t SET seq = %s, %s FROM %s WHERE %s AND EXISTS (SELECT FROM f) RETURNING u.n)",
		w.schema, paramSeq, sets(holdParams[holdKeyCols:]), rows, matches(holdParams[:holdKeyCols]))
	all := strconv.Itoa(int(f.holds))
	if f.holds == many {
		all = fmt.Sprintf("cardinality($%d::text[])", at+1)
	}
	w.print(", m AS (INSERT INTO %s.hold (seq, %s) SELECT %s, %s FROM %s"+
		" WHERE EXISTS (SELECT FROM f) AND (SELECT count(*) FROM o) < %s AND u.n NOT IN (SELECT n FROM o))",
		w.schema, names(holdParams), paramSeq, names(holdParams), rows, all)
}

// addLookups adds the look-ups of a form that asks and returns the condition that
// they found nothing. They use the parameters of the rows themselves.
func (f groupShape) addLookups(w *writing) (condition string) {
	if !f.ask {
		return ""
	}
	at := w.params + 1 // the keys' arrays, then the holds'
	if f.keys > 0 {
		w.print("dk AS MATERIALIZED (SELECT u.n FROM unnest($%d::uuid[]) WITH ORDINALITY u (hash, n) JOIN %s.key USING (hash)), ", at, w.schema)
		condition += " AND NOT EXISTS (SELECT FROM dk)"
		at += len(keyParams)
	}
	if f.newHolds > 0 {
		w.print("dh AS MATERIALIZED (SELECT u.n FROM unnest($%d::text[], $%d::text[], $%d::smallint[]) WITH ORDINALITY"+
			" u (order_id, tenant, bucket, n) JOIN %s.hold USING (order_id, tenant, bucket)), ", at, at+1, at+2, w.schema)
		condition += " AND NOT EXISTS (SELECT FROM dh)"
	}
	return condition
}

// places is the column that names what a look-up found, by its place in the
// group.
func places(rows int8, name string) string {
	if rows == 0 {
		return "NULL::bigint[]"
	}
	return "ARRAY(SELECT n FROM " + name + ")"
}

func (w *writing) print(format string, args ...any) { fmt.Fprintf(w, format, args...) }

// rows is what follows SELECT to make rows of parameters, none if the head was
// not moved. first goes before the columns.
func (w *writing) rows(first string, rows int8, cols []column) string {
	if rows != 1 {
		return first + "u.* FROM " + w.source(rows, cols) + " WHERE EXISTS (SELECT FROM f)"
	}
	var b strings.Builder
	b.WriteString(first)
	for i, c := range cols {
		w.params++
		fmt.Fprintf(&b, "%s$%d::%s", comma(i), w.params, c.kind)
	}
	return b.String() + " FROM f"
}

// spotted is a table u of many rows of parameters, each with its spot.
func (w *writing) spotted(cols []column) string {
	return w.source(many, append(slices.Clip(cols), column{"at", "tid"}))
}

// checkAllFound returns a part of the answer. It fails unless the named part has found
// all rows of the spotted table that was written last.
func (w *writing) checkAllFound(name string) string {
	return fmt.Sprintf(", 1 / ((SELECT count(*) FROM %s) = c.f * cardinality($%d::tid[]))::int", name, w.params)
}

// source is a table u of rows of parameters.
func (w *writing) source(rows int8, cols []column) string {
	return w.table(rows, cols, false)
}

// numbered is source with a column n that counts the rows.
func (w *writing) numbered(rows int8, cols []column) string {
	return w.table(rows, cols, true)
}

func (w *writing) table(rows int8, cols []column, numbered bool) string {
	var b strings.Builder
	if rows == many {
		b.WriteString("unnest(")
		for i, c := range cols {
			w.params++
			fmt.Fprintf(&b, "%s$%d::%s[]", comma(i), w.params, c.kind)
		}
		b.WriteString(")")
		if numbered {
			b.WriteString(" WITH ORDINALITY")
		}
	} else {
		b.WriteString("(VALUES ")
		for n := range int(rows) {
			b.WriteString(comma(n) + "(")
			for i, c := range cols {
				w.params++
				fmt.Fprintf(&b, "%s$%d::%s", comma(i), w.params, c.kind)
			}
			if numbered {
				fmt.Fprintf(&b, ", %d", n+1)
			}
			b.WriteString(")")
		}
		b.WriteString(")")
	}
	b.WriteString(" u (" + names(cols))
	if numbered {
		b.WriteString(", n")
	}
	return b.String() + ")"
}

func names(cols []column) string {
	var b strings.Builder
	for i, c := range cols {
		b.WriteString(comma(i) + c.name)
	}
	return b.String()
}

func sets(cols []column) string {
	var b strings.Builder
	for i, c := range cols {
		b.WriteString(comma(i) + c.name + " = u." + c.name)
	}
	return b.String()
}

func matches(cols []column) string {
	all := make([]string, len(cols))
	for i, c := range cols {
		all[i] = "t." + c.name + " = u." + c.name
	}
	return strings.Join(all, " AND ")
}

// isAt matches a row by its spot, if it is the one that is meant. The keys are
// compared in a way that no index knows: it would be looked into for the same.
func isAt(key []column) string {
	is := "t.ctid = u.at"
	for _, c := range key {
		is += " AND t." + c.name + " IS NOT DISTINCT FROM u." + c.name
	}
	return is
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// name is what the statement of a form is called on its connection.
func (f groupShape) name() string {
	n := "g" + strconv.FormatInt(f.part, 10)
	if f.ask {
		n += "ask"
	}
	for _, c := range []int8{f.keys, f.newHolds, f.holds, f.newItems, f.items} {
		n += "_" + strconv.Itoa(int(c))
	}
	if f.copied {
		n += "_c"
	}
	if f.buckets > 0 {
		n += "_b"
	}
	if f.spotHolds > 0 {
		n += "_sh"
	}
	if f.spotItems > 0 {
		n += "_si"
	}
	return n
}
