package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// SessionIdle is how long a session may go unused.
	SessionIdle = 30 * time.Minute
	// SessionMost is how long it may last.
	SessionMost = 12 * time.Hour

	// sessionsOfOne is how many sessions of one key, or of one person, there are at most:
	// another one ends the oldest.
	sessionsOfOne = 20
	// seenEvery is how often it is stored that a session is used.
	seenEvery = time.Minute
	// maxSessions bounds the sessions that are kept in memory, and maxSeen those that
	// are stored as used in one transaction.
	maxSessions = 20_000
	maxSeen     = 500
)

// Session is somebody who has signed in to the console.
type Session struct {
	// Credential is that of the key now, or that of the person since signing in.
	Credential
	// Issuer is the identity provider that vouched for the person, "" with a key.
	Issuer  string
	Expires time.Time // at the latest; unused it ends after SessionIdle
	// Display says that it is a screen's, or a kiosk's: it ends when somebody ends it.
	Display bool
}

// sessions keeps the people who have signed in. Each read of the database is valid
// for staleAfter, so the end of a session counts within 2 s in every process.
type sessions struct {
	*core
	keys *keys
	kept *cache[[32]byte, keptSession]

	mu   sync.Mutex
	used map[[32]byte]keptSession // those that are to be stored as used
}

// sessionRow is a session as it is stored.
type sessionRow struct {
	hash             [32]byte // of what the browser has
	tenant, keyID    string   // keyID "": person has signed in
	rotated          int64    // when the key had last been rotated
	person           sessionPerson
	begun, lastStore int64 // lastStore is when it was last stored as used
}

type keptSession struct {
	sessionRow
	read time.Duration // when it was read, since start
	used *atomic.Int64 // when this process has last seen it used
}

// SignIn begins a session with a valid key and returns the secret that the browser shows
// from then on. The secret is not stored and cannot be read again. ErrBadKey: the key is
// no longer valid.
func (c *sessions) SignIn(ctx context.Context, keyID string) (string, Session, error) {
	holder, ok := c.keys.ring.holder(keyID)
	if !ok || holder.revoked {
		return "", Session{}, ErrBadKey
	}
	row := sessionRow{tenant: holder.Tenant, keyID: keyID, rotated: holder.rotated}
	if holder.Role == RoleKiosk {
		row.person.role = RoleKiosk
	}
	token, err := c.begin(ctx, &row, `key_id = ?`, keyID)
	if err != nil {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	return token, c.sessionOf(&row, holder.Credential), nil
}

// begin stores a new session, which ends the oldest of the same holder when there are many.
func (c *sessions) begin(ctx context.Context, row *sessionRow, holder string, is ...any) (string, error) {
	token, err := c.newToken()
	if err != nil {
		return "", err
	}
	began, generation := c.now().Sub(c.start), c.kept.generation()
	row.hash, row.begun = sha256.Sum256([]byte(token)), millis(c.now())
	row.lastStore = row.begun
	var others []sessionRow
	err = c.store.amend(ctx, func(w *write, _ func() error) (err error) {
		if err := w.findTenant(row.tenant); err != nil {
			return err
		}
		others, err = list(&w.read, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE `+holder+` ORDER BY at DESC, hash`, is...)
		if err != nil {
			return err
		}
		for i := sessionsOfOne - 1; i < len(others); i++ {
			if err := w.exec(`DELETE FROM {console_session} WHERE hash = ?`, others[i].hash[:]); err != nil {
				return err
			}
		}
		w.insert(`{console_session} (`+sessionColumns+`)`, row.values()...)
		return w.flush()
	})
	if err != nil {
		return "", err
	}
	c.kept.put(row.hash, keptSession{sessionRow: *row, read: began, used: new(atomic.Int64)}, generation)
	if len(others) >= sessionsOfOne {
		c.ended(others[sessionsOfOne-1:]...)
	}
	if err := c.prune(ctx, "{console_session}", ` AND (key_id <> '' OR issuer <> '') AND role <> '`+string(RoleKiosk)+`'`, millis(c.now().Add(-SessionMost))); err != nil {
		c.log.WarnContext(ctx, "old sessions are not dropped yet", "err", err)
	}
	return token, nil
}

// Session returns the session that a browser shows, or ErrNoSession when it is none or
// has ended. using says that somebody does something with it now.
func (c *sessions) Session(ctx context.Context, token string, using bool) (Session, error) {
	if len(token) != tokenLength {
		return Session{}, ErrNoSession
	}
	if err := c.refresh(ctx); err != nil {
		return Session{}, err
	}
	k, err := c.stored(ctx, sha256.Sum256([]byte(token)))
	if err != nil {
		return Session{}, err
	}
	now := millis(c.now())
	who, ok := c.stands(&k.sessionRow)
	if !ok || k.hasEnded(now, max(k.lastStore, k.used.Load())) {
		return Session{}, ErrNoSession
	}
	if using {
		c.note(k, now)
	}
	return c.sessionOf(&k.sessionRow, who), nil
}

// sessionOf is a session in the form that callers receive.
func (c *sessions) sessionOf(r *sessionRow, who Credential) Session {
	if r.endless() {
		return Session{Credential: who, Expires: c.now().Add(DisplayMost), Display: true}
	}
	return Session{Credential: who, Issuer: r.person.issuer, Expires: r.end()}
}

// stands returns the credential that a session stands for. It returns false
// when its key is no longer valid.
func (c *sessions) stands(r *sessionRow) (Credential, bool) {
	if r.keyID == "" {
		return r.person.credential(r.tenant), r.tenant != "" // "": it is a pairing
	}
	holder, ok := c.keys.ring.holder(r.keyID)
	return holder.Credential, ok && !holder.revoked && holder.rotated == r.rotated
}

// Remembers reports whether Session answers from memory.
func (c *sessions) Remembers(token string) bool {
	_, ok := c.kept.get(sha256.Sum256([]byte(token)))
	return ok
}

// EndSession ends a session: here at once, in other processes within 2 s. To end one
// that is none changes nothing.
func (c *sessions) EndSession(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		return w.exec(`DELETE FROM {console_session} WHERE hash = ?`, hash[:])
	})
	c.ended(sessionRow{hash: hash})
	return during(err, "end session")
}

// ended forgets sessions that this process has ended, and tells those who wait.
func (c *sessions) ended(rows ...sessionRow) {
	for i := range rows {
		c.kept.drop(rows[i].hash)
	}
	c.access.ring()
}

// RereadSessions reads the sessions that have these tokens, so that Session knows which of them other processes
// have ended: many at once, with few questions to the database.
func (c *sessions) RereadSessions(ctx context.Context, tokens []string) error {
	began, generation := c.now().Sub(c.start), c.kept.generation()
	hashes := make([]any, len(tokens))
	for i, token := range tokens {
		hash := sha256.Sum256([]byte(token))
		hashes[i] = hash[:]
	}
	rows, err := look(ctx, c.store, func(r *read) ([]sessionRow, error) {
		return listIn(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE hash IN `, nil, hashes)
	})
	if err != nil {
		return during(err, "read sessions again")
	}
	found := make(map[[32]byte]struct{}, len(rows))
	for i := range rows {
		row := rows[i]
		if _, twice := found[row.hash]; twice {
			continue
		}
		found[row.hash] = struct{}{}
		next := keptSession{sessionRow: row, read: began, used: new(atomic.Int64)}
		if known, ok := c.kept.get(row.hash); ok {
			next.used = known.used
		}
		c.kept.put(row.hash, next, generation)
	}
	for i := range hashes {
		hash := [32]byte(hashes[i].([]byte))
		if _, ok := found[hash]; !ok {
			c.kept.drop(hash)
		}
	}
	return nil
}

// stored returns the stored session, at most staleAfter old.
func (c *sessions) stored(ctx context.Context, hash [32]byte) (keptSession, error) {
	began := c.now().Sub(c.start)
	known, ok := c.kept.get(hash)
	if age := began - known.read; ok && age >= 0 && age < staleAfter {
		return known, nil
	}
	generation := c.kept.generation()
	row, err := look(ctx, c.store, func(r *read) (*sessionRow, error) {
		return first(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE hash = ?`, hash[:])
	})
	switch {
	case err != nil:
		return known, fmt.Errorf("look for a session: %w", err)
	case row == nil:
		if ok {
			c.kept.drop(hash)
		}
		return known, ErrNoSession
	}
	next := keptSession{sessionRow: *row, read: began, used: known.used}
	if next.used == nil {
		next.used = new(atomic.Int64)
	}
	c.kept.put(hash, next, generation)
	return next, nil
}

// note says that a session is used, and has that stored when it was not of late.
func (c *sessions) note(k keptSession, now int64) {
	k.used.Store(max(now, k.used.Load()))
	if now-k.lastStore < seenEvery.Milliseconds() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.used) < maxSessions {
		c.used[k.hash] = k
	}
}

// storeUsed stores which sessions were used, some of them at a time.
func (c *sessions) storeUsed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, staleAfter) // Run has more to do
	defer cancel()
	c.mu.Lock()
	due := c.used
	c.used = map[[32]byte]keptSession{}
	c.mu.Unlock()
	all := slices.SortedFunc(maps.Values(due), func(a, b keptSession) int { return slices.Compare(a.hash[:], b.hash[:]) })
	for some := range slices.Chunk(all, maxSeen) {
		err := c.store.amend(ctx, func(w *write, _ func() error) error {
			for _, k := range some {
				if err := w.exec(`UPDATE {console_session} SET seen = ? WHERE hash = ? AND seen < ?`, k.used.Load(), k.hash[:], k.used.Load()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			// They are stored when they are used next.
			c.log.WarnContext(ctx, "sessions are not stored as used yet", "sessions", len(some), "err", err)
		}
	}
}

// endless reports whether the session is that of a screen which nobody attends. That of a
// kiosk ends with its key.
func (r *sessionRow) endless() bool { return r.display() || r.person.role == RoleKiosk }

// hasEnded reports whether a session has ended by itself, last used at used.
func (r *sessionRow) hasEnded(now, used int64) bool {
	if r.endless() {
		return false
	}
	return now-r.begun >= SessionMost.Milliseconds() || now-used >= SessionIdle.Milliseconds()
}

func (r *sessionRow) end() time.Time { return fromMillis(r.begun).Add(SessionMost) }

const sessionColumns = `hash, tenant, key_id, rotated, issuer, subject, operator, role, at, seen`

// values are those of sessionColumns.
func (r *sessionRow) values() []any {
	return []any{
		r.hash[:], r.tenant, r.keyID, r.rotated, r.person.issuer, r.person.subject, r.person.operator, string(r.person.role), r.begun, r.lastStore,
	}
}

func scanSession(scan func(...any) error, r *sessionRow) error {
	var hash []byte
	err := scan(&hash, &r.tenant, &r.keyID, &r.rotated, &r.person.issuer, &r.person.subject, &r.person.operator, &r.person.role, &r.begun, &r.lastStore)
	copy(r.hash[:], hash)
	return err
}

// tokenLength is how long the 32 bytes are that a browser shows.
var tokenLength = base64.RawURLEncoding.EncodedLen(32)

func (c *core) newToken() (string, error) {
	var drawn [32]byte
	c.drawing.Lock()
	defer c.drawing.Unlock()
	if _, err := io.ReadFull(c.random, drawn[:]); err != nil {
		return "", fmt.Errorf("draw random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(drawn[:]), nil
}

// spreadHash spreads what is spread already.
func spreadHash(h [32]byte) uint { return uint(h[0]) }
