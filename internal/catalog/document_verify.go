package catalog

import (
	"fmt"
	"slices"
)

// check returns why a row does not read as a document, or is not found by what its
// body says.
func (k *documentKind[T]) check(r *read, d *document) error {
	var t T
	if err := k.read(d, &t); err != nil {
		return err
	}
	is, err := k.row(&t)
	if err != nil {
		return err
	}
	if is.tenant != d.tenant || is.id != d.id || is.parent != d.parent || is.number != d.number || is.state != d.state {
		return fmt.Errorf("%s %q is found by something else than its body says", k.name, d.id)
	}
	if k.links == nil {
		return nil
	}
	links, err := list(r, func(scan func(...any) error, target *string) error { return scan(target) },
		`SELECT target FROM {document_link} WHERE tenant = ? AND kind = ? AND id = ?`, d.tenant, d.kind, d.id)
	if err != nil {
		return err
	}
	want := slices.Clone(k.links(&t))
	slices.Sort(links)
	slices.Sort(want)
	if !slices.Equal(links, want) {
		return fmt.Errorf("%s %q is linked to something else than its body says", k.name, d.id)
	}
	return nil
}

// documentOf checks a document that the log has an entry of, and returns what row
// does.
func (v *verifier) documentOf(e *Entry, name string) (body []byte, seq int64, err error) {
	d, err := v.document(name, e.Tenant, e.Subject)
	if err != nil || d == nil {
		return nil, 0, err
	}
	if d.seq == e.Seq {
		if err := documentKinds[name].check(v.read, d); err != nil {
			return nil, 0, err
		}
		if d.gone != (e.Kind == name+".dropped") {
			v.violation("%s %q is not what entry %d says: %s", name, d.id, e.Seq, e.Kind)
		}
	}
	return d.body, d.seq, nil
}

// strayDocuments finds documents that no entry is about.
func (v *verifier) strayDocuments() error {
	strays, err := list(v.read, func(scan func(...any) error, d *document) error { return scan(&d.kind, &d.id, &d.seq) },
		`SELECT t.kind, t.id, t.seq FROM {document} t
		LEFT JOIN {catalog_log} l ON l.seq = t.seq AND l.tenant = t.tenant AND l.subject = t.id
			AND substr(l.kind, 1, length(t.kind)) = t.kind AND substr(l.kind, length(t.kind) + 1, 1) = '.'
		WHERE l.seq IS NULL LIMIT ?`, maxViolations)
	for _, d := range strays {
		v.violation("%s %q says it is as of entry %d, which is not about it", d.kind, d.id, d.seq)
	}
	return err
}
