package catalog

import (
	"context"
	"encoding/hex"
	"time"
)

// SignedIn is a session as an admin is shown it.
type SignedIn struct {
	// ID is made of the hash of what the browser shows: it lets nobody in.
	ID       string
	Operator string
	Role     Role   // of the person or the key; "": the key has none
	Scopes   Scopes // of the key
	KeyID    string // "": a person has signed in
	// Issuer and Subject are the person's.
	Issuer, Subject      string
	Begun, Used, Expires time.Time
}

// idBytes is how much of the hash is in the id of a session.
const idBytes = 8

// Sessions returns the sessions of a tenant that have not ended, oldest first, without those
// of displays and with those of devices. One that is used now is shown as last used up to two minutes ago.
func (c *sessions) Sessions(ctx context.Context, tenant string) ([]SignedIn, error) {
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	rows, err := look(ctx, c.store, func(r *read) ([]sessionRow, error) {
		return list(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE tenant = ? AND (key_id <> '' OR issuer <> '') ORDER BY at, hash`, tenant)
	})
	if err != nil {
		return nil, during(err, "list sessions of tenant %q", tenant)
	}
	now := millis(c.now())
	var all []SignedIn
	for i := range rows {
		r := &rows[i]
		if shown, ok := c.show(r); ok && !r.hasEnded(now, r.lastStore) {
			all = append(all, shown)
		}
	}
	return all, nil
}

// show returns a session as it is listed. It returns false when its key is no
// longer valid.
func (c *sessions) show(r *sessionRow) (SignedIn, bool) {
	who, ok := c.stands(r)
	return SignedIn{
		ID: hex.EncodeToString(r.hash[:idBytes]), Operator: who.KeyName, Role: who.Role, Scopes: who.Scopes, KeyID: r.keyID,
		Issuer: r.person.issuer, Subject: r.person.subject,
		Begun: fromMillis(r.begun), Used: fromMillis(r.lastStore), Expires: r.end(),
	}, ok
}

// EndSessionOf ends the session of a tenant that has the id, here at once, in other
// processes within 2 s, and returns it. ErrUnknown: the tenant has none of that id.
func (c *sessions) EndSessionOf(ctx context.Context, tenant, id string) (SignedIn, error) {
	ended, err := c.endOne(ctx, tenant, id, "session", `(key_id <> '' OR issuer <> '')`)
	if err != nil {
		return SignedIn{}, err
	}
	shown, _ := c.show(ended)
	return shown, nil
}

// endOne ends the session of a tenant that has the id and is one of those.
func (c *sessions) endOne(ctx context.Context, tenant, id, what, those string) (*sessionRow, error) {
	begin, err := hex.DecodeString(id)
	if err != nil || len(begin) != idBytes {
		return nil, &UnknownError{What: what, ID: id}
	}
	var least, most [32]byte
	copy(least[:], begin)
	copy(most[:], begin)
	for i := idBytes; i < len(most); i++ {
		most[i] = 0xff
	}
	var ended *sessionRow
	err = c.store.write(ctx, c.now, func(w *write) (err error) {
		ended, err = first(&w.read, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE hash >= ? AND hash <= ? AND tenant = ? AND `+those, least[:], most[:], tenant)
		if err != nil || ended == nil {
			return err
		}
		return w.exec(`DELETE FROM {console_session} WHERE hash = ?`, ended.hash[:])
	})
	switch {
	case err != nil:
		return nil, during(err, "end %s %q", what, id)
	case ended == nil:
		return nil, &UnknownError{What: what, ID: id}
	}
	c.ended(*ended)
	return ended, nil
}
