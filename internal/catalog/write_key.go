package catalog

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// WriteKey is an idempotency key that a write to the catalog came with.
type WriteKey struct {
	Tenant string
	ID     [16]byte // stands for the operation and the key
	Print  [16]byte // of the whole request
}

const (
	// writeKeyKept is how long such keys are kept: as long as the books keep
	// theirs (API.md, Conventions).
	writeKeyKept = 7 * 24 * time.Hour
	// maxKeptAnswer bounds the answer that is kept under a key, in bytes: below
	// what MariaDB takes in one packet by default.
	maxKeptAnswer = 8 << 20
)

// writeKeys keeps the keys of writes to the catalog, with their answers.
type writeKeys struct {
	*core
	keyed atomic.Int64 // keys that this process has stored
}

// Answered returns the answer that was kept under the key; again is false when
// the key was not used. The key of another request is ErrKeyTaken.
func (c *writeKeys) Answered(ctx context.Context, key WriteKey) (answer []byte, again bool, err error) {
	ask := func(r *read) (err error) {
		answer, again, err = readAnswer(r, key)
		return err
	}
	err = c.store.look(ctx, ask)
	if err == nil && again {
		err = c.store.prove(ctx, ask)
	}
	if err != nil {
		return nil, false, fmt.Errorf("look for an idempotency key: %w", err)
	}
	return answer, again, nil
}

func readAnswer(r *read, key WriteKey) (answer []byte, again bool, err error) {
	if !storable(key.Tenant) {
		return nil, false, nil
	}
	var digest []byte
	again, err = r.readRow(`SELECT print, answer FROM {write_key} WHERE tenant = ? AND id = ?`,
		[]any{key.Tenant, key.ID[:]}, &digest, &answer)
	if err == nil && again && string(digest) != string(key.Print[:]) {
		return nil, false, ErrKeyTaken
	}
	return answer, again, err
}

// Once carries do out unless the key was used before: then it returns the
// answer of that time, and again is true. The writes of do to the catalog with
// the context that it receives, the key and the answer are stored in one
// transaction, all or nothing. Meanwhile nobody else writes to the catalog, so
// do waits for nothing but the catalog. Calls with one key follow each other. An
// error of do is returned as it is, and nothing is stored; the key of another
// request is ErrKeyTaken.
func (c *writeKeys) Once(ctx context.Context, key WriteKey, do func(context.Context) (answer []byte, err error)) (answer []byte, again bool, err error) {
	err = c.store.write(ctx, c.now, func(w *write) error {
		if err := w.findTenant(key.Tenant); err != nil {
			return err
		}
		if answer, again, err = readAnswer(&w.read, key); err != nil || again {
			return err
		}
		if answer, err = do(context.WithValue(ctx, joined{c.store}, w)); err != nil {
			return err
		}
		if len(answer) > maxKeptAnswer {
			return &InvalidError{Field: "items", Reason: fmt.Sprintf("have an answer of more than %d bytes, which no Idempotency-Key keeps: send fewer", maxKeptAnswer)}
		}
		w.insert(`{write_key} (tenant, id, print, answer, at)`, key.Tenant, key.ID[:], key.Print[:], answer, w.now)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if !again && c.keyed.Add(1)%pruneEach == 0 {
		if err := c.prune(ctx, "{write_key}", "", millis(c.now().Add(-writeKeyKept))); err != nil {
			c.log.WarnContext(ctx, "old idempotency keys are not dropped yet", "err", err)
		}
	}
	return answer, again, nil
}

// joined is the key of a context's transaction: writes to the store with such a
// context are part of it.
type joined struct{ *store }
