package catalog

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Reason is one of the reasons that a tenant has for changes of stock.
type Reason struct {
	Code  string `json:"code"`
	Title string `json:"title,omitempty"`
	// Direction is in which direction units may go: ReasonIn, ReasonOut or ReasonBoth.
	Direction string `json:"direction"`
	// Document says that the reference must be given.
	Document bool `json:"document,omitempty"`
	// Operations are what it is for, some of ReasonOperations; none is all of them.
	Operations []string `json:"operations,omitempty"`
	// Into is the account where returned units go unless the call names another.
	Into   stock.Account `json:"into,omitempty"`
	Active bool          `json:"active"`
}

// The directions of a reason.
const (
	ReasonIn   = "in"
	ReasonOut  = "out"
	ReasonBoth = "both"
)

var (
	// ReasonOperations are the operations that take a reason code.
	ReasonOperations = []string{"restock", "adjust", "observe", "release", "move", "return", "sold_elsewhere", "sale_status", "retire", "reinstate"}
	// ReasonAccounts are where a reason may send returned units.
	ReasonAccounts = []stock.Account{stock.Quality, stock.Damaged, stock.Withheld, stock.Shared}
)

const (
	// MaxReasons is how many reasons a tenant may have.
	MaxReasons = 200
	// MaxReasonCode is how many bytes a code may have.
	MaxReasonCode = 64
	maxTitle      = 256
	// reasonListID is the id of the one list that a tenant has.
	reasonListID = "reasons"
)

// Is reports whether the reason is for the operation.
func (r *Reason) Is(operation string) bool {
	return len(r.Operations) == 0 || slices.Contains(r.Operations, operation)
}

func (r *Reason) check(at string) error {
	bad := func(field, why string) error { return &InvalidError{Field: at + field, Reason: why} }
	if err := checkID(at+"code", r.Code, MaxReasonCode); err != nil {
		return err
	}
	for i, op := range r.Operations {
		if !slices.Contains(ReasonOperations, op) || slices.Contains(r.Operations[:i], op) {
			return bad(fmt.Sprintf("operations[%d]", i), "is no operation that takes a reason code, or is there twice")
		}
	}
	switch {
	case len(r.Title) > maxTitle || !printable(r.Title):
		return bad("title", fmt.Sprintf("must be text of at most %d bytes", maxTitle))
	case r.Direction != ReasonIn && r.Direction != ReasonOut && r.Direction != ReasonBoth:
		return bad("direction", "must be in, out or both")
	case r.Into == "":
		return nil
	case !slices.Contains(ReasonAccounts, r.Into):
		return bad("into", "must be quality, damaged, withheld or pool/shared")
	case !r.Is("return") || r.Direction == ReasonOut:
		return bad("into", "is for returns, which this reason is not for")
	}
	return nil
}

// ReasonList is all reasons of a tenant.
type ReasonList struct {
	Tenant   string   `json:"-"`
	Reasons  []Reason `json:"reasons"`
	Changed  Moment   `json:"changed"`
	revision int64
}

// Find returns a reason, nil when there is none with the code.
func (l *ReasonList) Find(code string) *Reason {
	for i := range l.Reasons {
		if l.Reasons[i].Code == code {
			return &l.Reasons[i]
		}
	}
	return nil
}

// Codes are those that are active.
func (l *ReasonList) Codes() (codes []string) {
	for i := range l.Reasons {
		if l.Reasons[i].Active {
			codes = append(codes, l.Reasons[i].Code)
		}
	}
	return codes
}

func (l *ReasonList) check() error {
	if len(l.Reasons) > MaxReasons {
		return &InvalidError{Field: "items", Reason: fmt.Sprintf("must be at most %d", MaxReasons)}
	}
	for i := range l.Reasons {
		at := fmt.Sprintf("items[%d].", i)
		if err := l.Reasons[i].check(at); err != nil {
			return err
		}
		if l.Find(l.Reasons[i].Code) != &l.Reasons[i] {
			return &InvalidError{Field: at + "code", Reason: "is there twice"}
		}
	}
	return nil
}

func (l *ReasonList) sameAs(o *ReasonList) bool { return reflect.DeepEqual(l.Reasons, o.Reasons) }

func (l *ReasonList) refs() []Ref { return nil }

func (l *ReasonList) stamp(at time.Time) error {
	l.Changed = Moment{at}
	return nil
}

// ReasonLists keeps the reasons of tenants.
type ReasonLists struct {
	settable[ReasonList, *ReasonList]
}

var reasonsKind = documentKind[ReasonList]{
	name: "reasons", title: "list of reasons",
	pack: func(l *ReasonList) document {
		return document{tenant: l.Tenant, id: reasonListID, seq: l.revision}
	},
	unpack: func(d *document, l *ReasonList) { l.Tenant, l.revision = d.tenant, d.seq },
}

func readReasons(r *read, tenant string) (*ReasonList, error) {
	l, gone, err := reasonsKind.get(r, tenant, reasonListID)
	if l == nil || gone {
		l = &ReasonList{Tenant: tenant}
	}
	return l, err
}

// Reasons returns the reasons of a tenant, none when it has never listed any. They
// come from memory as those of Places do, and nobody changes them.
func (c *facts) Reasons(ctx context.Context, tenant string) (*ReasonList, error) {
	return c.reasons.get(ctx, tenant)
}
