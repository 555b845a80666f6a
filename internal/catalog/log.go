package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// Kinds of entries in the log. The part before the dot names the table, or the kind of
// a document, which is set or dropped.
const (
	KindTenantCreated   = "tenant.created"
	KindTenantSettings  = "tenant.settings"
	KindProductCreated  = "product.created"
	KindProductUnit     = "product.unit"
	KindLocationCreated = "location.created"
	KindLocationSpread  = "location.spread"
	KindKeyCreated      = "key.created"
	KindKeyRotated      = "key.rotated"
	KindKeyRevoked      = "key.revoked"
	KindLayoutCreated   = "layout.created"
	KindLayoutSlots     = "layout.slots"
	KindLayoutMoved     = "layout.moved"
	KindEpochBegun      = "epoch.begun"
	KindEpochOrigin     = "epoch.origin"
	KindPlaceSet        = "place.set"
	KindLaneSet         = "lane.set"
	KindLaneDropped     = "lane.dropped"
	KindKitSet          = "kit.set"
	KindKitDropped      = "kit.dropped"
	KindReasonsSet      = "reasons.set"
	KindRecallSet       = "recall.set"
	KindDetailsSet      = "details.set"
	KindDetailsDropped  = "details.dropped"
)

// Entry is one row of the catalog's log, which is the slot "main" of the
// feed. Seq is dense from 1.
type Entry struct {
	Seq     int64
	At      time.Time // never before the entry in front of it
	Tenant  string    // "" for what is nobody's own: the layout, epochs
	Kind    string
	Subject string          // the id of what was written, unique in tenant and table
	Body    json.RawMessage // the row after the write
	Hash    [32]byte        // over this entry and the hash in front of it
}

// MaxLogPage is the most entries Log returns at once.
const MaxLogPage = 1000

// Log returns the entries behind seq after, oldest first, at most limit (and
// MaxLogPage). An empty answer means that after is the head.
func (c *Catalog) Log(ctx context.Context, after int64, limit int) ([]Entry, error) {
	entries, err := look(ctx, c.store, func(r *read) ([]Entry, error) { return readLog(r, after, min(max(limit, 1), MaxLogPage)) })
	return result(entries, err, "read catalog log after %d", after)
}

// Head returns the seq of the newest entry, 0 when there is none.
func (c *Catalog) Head(ctx context.Context) (int64, error) {
	h, err := c.store.head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read catalog head: %w", err)
	}
	return h.seq, nil
}

// hashFormat starts what is hashed, so that another format cannot collide.
const hashFormat = "holdfast catalog log 1\n"

// chain returns the hash of e behind an entry whose hash is prev: SHA-256
// over the format, prev, seq and milliseconds as 64 bits big-endian, and the
// four byte strings, each behind its length as 32 bits big-endian.
func (e *Entry) chain(prev [32]byte) [32]byte {
	b := make([]byte, 0, len(hashFormat)+len(prev)+32+len(e.Tenant)+len(e.Kind)+len(e.Subject)+len(e.Body))
	b = append(b, hashFormat...)
	b = append(b, prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
	for _, part := range [...]string{e.Tenant, e.Kind, e.Subject, string(e.Body)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}
