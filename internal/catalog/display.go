package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// PairingMost is how long the code that a screen shows may be confirmed.
	PairingMost = 10 * time.Minute
	// DisplayMost is how long a browser keeps what a display shows, counted from its last use:
	// browsers keep nothing longer.
	DisplayMost = 400 * 24 * time.Hour

	// maxPairings bounds the codes that may be confirmed at one time, maxDisplays the
	// displays of a tenant.
	maxPairings = 100
	maxDisplays = 200

	// codeLength letters of codeLetters, in which no word can be read, are 34 bits. Only
	// admins may try one.
	codeLength  = 8
	codeLetters = "BCDFGHJKLMNPQRSTVWXZ"
)

// ErrTooManyPairings says that maxPairings screens show a code already. Nothing was stored;
// codes end within PairingMost.
var ErrTooManyPairings = errors.New("too many screens wait to be confirmed")

// ErrTooManyDisplays says the tenant has maxDisplays displays. Nothing was stored.
var ErrTooManyDisplays = fmt.Errorf("the tenant has %d displays; end some first", maxDisplays)

// Pairing is a screen on its way to a session, which Secret is of from the confirmation on.
type Pairing struct {
	Secret  string // that the browser alone has
	Code    string // that the screen shows; "": it was confirmed
	Expires time.Time
}

// Display is a screen with a session that does not end by itself.
type Display struct {
	ID          string // made of the hash of what the browser shows: it lets nobody in
	Name        string
	Begun, Used time.Time
}

// Pair returns the state of the pairing that a browser shows, or a new pairing if there is
// none or it has ended. ErrTooManyPairings: there cannot be another one now.
func (c *sessions) Pair(ctx context.Context, secret string) (Pairing, error) {
	return c.pair(ctx, secret, RoleDisplay)
}

// pair is Pair for a screen that is a display, or, of RoleKiosk, one that shows a page of a store.
func (c *sessions) pair(ctx context.Context, secret string, as Role) (Pairing, error) {
	if len(secret) == tokenLength {
		hash := sha256.Sum256([]byte(secret))
		row, err := look(ctx, c.store, func(r *read) (*sessionRow, error) {
			return first(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE hash = ?`, hash[:])
		})
		if err != nil {
			return Pairing{}, during(err, "look for a pairing")
		}
		switch {
		case row == nil || row.person.role != as:
		case row.pairs(millis(c.now())):
			return Pairing{secret, row.person.subject, fromMillis(row.begun).Add(PairingMost)}, nil
		case row.tenant != "":
			if ok, err := c.confirmed(ctx, row); err != nil || ok {
				return Pairing{Secret: secret}, err
			}
		}
	}
	return c.beginPairing(ctx, as)
}

// confirmed reports whether a screen has a session. The key of one that another process confirmed may
// be one that this process does not know yet.
func (c *sessions) confirmed(ctx context.Context, row *sessionRow) (bool, error) {
	if _, ok := c.stands(row); ok {
		return true, nil
	}
	err := c.follow(ctx, missAfter)
	_, ok := c.stands(row)
	return ok, during(err, "look for the key of a screen")
}

func (c *sessions) beginPairing(ctx context.Context, as Role) (Pairing, error) {
	secret, err := c.newToken()
	if err != nil {
		return Pairing{}, err
	}
	code, err := c.newCode(codeLength)
	if err != nil {
		return Pairing{}, err
	}
	row := sessionRow{hash: sha256.Sum256([]byte(secret)), person: sessionPerson{subject: code, role: as}, begun: millis(c.now())}
	row.lastStore = row.begun
	err = c.store.amend(ctx, func(w *write, _ func() error) error {
		if err := w.exec(`DELETE FROM {console_session} WHERE tenant = '' AND at <= ?`, row.begun-PairingMost.Milliseconds()); err != nil {
			return err
		}
		var waiting int64
		if _, err := w.readRow(`SELECT COUNT(*) FROM {console_session} WHERE tenant = ''`, nil, &waiting); err != nil {
			return err
		}
		if waiting >= maxPairings {
			return ErrTooManyPairings
		}
		w.insert(`{console_session} (`+sessionColumns+`)`, row.values()...)
		return w.flush()
	})
	if err != nil {
		return Pairing{}, during(err, "begin a pairing")
	}
	return Pairing{secret, code, fromMillis(row.begun).Add(PairingMost)}, nil
}

// AddDisplay makes the screen that shows the code a display of the tenant. The code counts
// once; ErrUnknown: no screen shows it now.
func (c *sessions) AddDisplay(ctx context.Context, tenant, code, name string) (Display, error) {
	if name == "" || len(name) > maxKeyName || !printable(name) {
		return Display{}, &InvalidError{Field: "name", Reason: fmt.Sprintf("must be text of 1 to %d bytes", maxKeyName)}
	}
	code = plainCode(code)
	var made sessionRow
	err := c.store.write(ctx, c.now, func(w *write) error {
		now := millis(c.now())
		row, err := findWaiting(&w.read, code, RoleDisplay, now)
		if err != nil {
			return err
		}
		if err := w.findTenant(tenant); err != nil {
			return err
		}
		var shown int64
		if _, err := w.readRow(`SELECT COUNT(*) FROM {console_session} WHERE tenant = ? AND key_id = '' AND issuer = ''`, []any{tenant}, &shown); err != nil {
			return err
		}
		if shown >= maxDisplays {
			return ErrTooManyDisplays
		}
		made = *row
		made.tenant, made.person.subject, made.person.operator, made.begun, made.lastStore = tenant, "", name, now, now
		return w.exec(`UPDATE {console_session} SET tenant = ?, subject = '', operator = ?, at = ?, seen = ? WHERE hash = ?`, tenant, name, now, now, made.hash[:])
	})
	if err != nil {
		return Display{}, during(err, "add a display to tenant %q", tenant)
	}
	c.kept.drop(made.hash)
	return made.shownDisplay(), nil
}

// findWaiting returns the pairing of a screen that shows the code, for the role. ErrUnknown: there is none.
func findWaiting(r *read, code string, as Role, now int64) (*sessionRow, error) {
	rows, err := list(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE subject = ? AND tenant = ''`, code)
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || !rows[0].pairs(now) || rows[0].person.role != as { // of two with one code nobody knows which is meant
		return nil, &UnknownError{What: "code", ID: code}
	}
	return &rows[0], nil
}

// Displays returns the displays of a tenant, oldest first. One that is used now is shown as
// last used up to two minutes ago.
func (c *sessions) Displays(ctx context.Context, tenant string) ([]Display, error) {
	rows, err := look(ctx, c.store, func(r *read) ([]sessionRow, error) {
		return list(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE tenant = ? AND key_id = '' AND issuer = '' ORDER BY at, hash`, tenant)
	})
	if err != nil {
		return nil, during(err, "list displays of tenant %q", tenant)
	}
	all := make([]Display, len(rows))
	for i := range rows {
		all[i] = rows[i].shownDisplay()
	}
	return all, nil
}

// EndDisplay ends the session of a display, here at once, in other processes within 2 s, and
// returns it. ErrUnknown: the tenant has none of that id.
func (c *sessions) EndDisplay(ctx context.Context, tenant, id string) (Display, error) {
	ended, err := c.endOne(ctx, tenant, id, "display", `key_id = '' AND issuer = ''`)
	if err != nil {
		return Display{}, err
	}
	return ended.shownDisplay(), nil
}

// display reports whether the session is a display's: no key and no person has signed in.
func (r *sessionRow) display() bool { return r.tenant != "" && r.keyID == "" && r.person.issuer == "" }

// pairs reports whether the row is no session yet, but a pairing that can be confirmed.
func (r *sessionRow) pairs(now int64) bool {
	return r.tenant == "" && now-r.begun < PairingMost.Milliseconds()
}

func (r *sessionRow) shownDisplay() Display {
	return Display{ID: hex.EncodeToString(r.hash[:idBytes]), Name: r.person.operator, Begun: fromMillis(r.begun), Used: fromMillis(r.lastStore)}
}

// newCode draws a code of so many letters, that people read and type.
func (c *core) newCode(length int) (string, error) {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	code := make([]byte, 0, length)
	var drawn [1]byte
	for len(code) < length {
		if _, err := io.ReadFull(c.random, drawn[:]); err != nil {
			return "", fmt.Errorf("draw random bytes: %w", err)
		}
		// Bytes that would make the first letters more likely are left out.
		if n := int(drawn[0]); n < 256/len(codeLetters)*len(codeLetters) {
			code = append(code, codeLetters[n%len(codeLetters)])
		}
	}
	return string(code), nil
}

// plainCode is a code as it is kept, whatever the case it was typed in and what parts it.
func plainCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
}
