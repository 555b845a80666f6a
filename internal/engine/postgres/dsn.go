package postgres

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// maxSet is the largest number of a set of tables, far more than a database
// should hold.
const maxSet = 9999

// address is a parsed DSN: our own settings, and those for the driver.
type address struct {
	set    int
	unsafe bool
	pool   bool // it says how many connections there may be
	driver string
	// shown is the DSN without its password.
	shown string
}

// parseDSN reads postgres://user:pw@host:port/db?set=N&unsafe=1&…; all other
// parameters are the driver's: several hosts, sslmode, connect_timeout,
// application_name and the server's settings. No error repeats the password.
func parseDSN(dsn string) (address, error) {
	scheme, rest, _ := strings.Cut(dsn, "://")
	if scheme != "postgres" && scheme != "postgresql" {
		return address{}, errors.New("the DSN is of another kind: want postgres://user:password@host:port/database?set=0")
	}
	place, query, _ := strings.Cut(rest, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return address{}, errors.New("what follows the question mark of the DSN cannot be read: want name=value&name=value")
	}
	var a address
	if s := q.Get("set"); s != "" {
		if a.set, err = strconv.Atoi(s); err != nil || a.set < 0 || a.set > maxSet {
			return address{}, fmt.Errorf("set=%s: want a number from 0 to %d", s, maxSet)
		}
	}
	switch s := q.Get("unsafe"); s {
	case "", "0":
	case "1":
		a.unsafe = true
	default:
		return address{}, fmt.Errorf("unsafe=%s: want 1 or 0", s)
	}
	a.pool = q.Has("pool_max_conns")
	q.Del("set")
	q.Del("unsafe")
	a.driver = scheme + "://" + place
	if len(q) > 0 {
		a.driver += "?" + q.Encode()
	}
	a.shown = scheme + "://" + hidden(place)
	return a, nil
}

// hidden is user:password@host/db without the password.
func hidden(place string) string {
	at := strings.LastIndex(place, "@")
	if at < 0 {
		return place
	}
	user, _, secret := strings.Cut(place[:at], ":")
	if secret {
		user += ":xxxxx"
	}
	return user + place[at:]
}

// redact returns the DSN of a set for a message, without its password.
func (a address) redact(set int) string { return a.shown + "?set=" + strconv.Itoa(set) }

// schema is the name of the schema that holds a set.
func schema(set int) string { return "holdfast_" + strconv.Itoa(set) }
