package mysql

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// source is what a DSN says.
type source struct {
	cfg *driver.Config
	// set is the number of the slot's tables in the database.
	set int
	// unsafe lets a server be used that may lose what it has confirmed.
	unsafe bool
	// conns is how many connections the slots share.
	conns int
	// name is the host and the database, for messages: the DSN holds a password.
	name string
}

const (
	// maxSet bounds the sets of one database.
	maxSet = 9999
	// maxConns bounds pool_max_conns.
	maxConns = 1000
	// answerWithin is how long the server may be silent. It is longer than any
	// limit the server has itself: lockWait and readTime. Making tables may take
	// as long as it does.
	answerWithin = 15 * time.Second
	dialWithin   = 5 * time.Second
)

var errDSN = errors.New("want mysql://user:password@host:port/database?set=N")

// parseDSN reads mysql://user:password@host:port/database?set=N. What else is
// in the query goes to the driver (tls, and so on) after it is checked there;
// socket=PATH connects through a socket of the machine, pool_max_conns is
// WithMaxConns, unsafe=1 trusts a server that may forget.
func parseDSN(dsn string) (*source, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errDSN // the error's text holds the password
	}
	database := strings.TrimPrefix(u.Path, "/")
	if u.Scheme != "mysql" || database == "" || strings.Contains(database, "/") {
		return nil, errDSN
	}
	q := u.Query()
	s := &source{}
	if s.set, err = number(q, "set", 0, 0, maxSet); err != nil {
		return nil, err
	}
	if s.conns, err = number(q, "pool_max_conns", defaultConns, leastConns, maxConns); err != nil {
		return nil, err
	}
	switch q.Get("unsafe") {
	case "", "0":
	case "1":
		s.unsafe = true
	default:
		return nil, fmt.Errorf("unsafe=%s: want 0 or 1", q.Get("unsafe"))
	}
	socket := q.Get("socket")
	for _, own := range []string{"set", "unsafe", "socket", "pool_max_conns"} {
		q.Del(own)
	}
	// The driver wants the host with the parameters: a certificate is for it.
	if s.cfg, err = driver.ParseDSN("tcp(" + address(u) + ")/?" + q.Encode()); err != nil {
		return nil, fmt.Errorf("parameters of the DSN: %v", err)
	}
	password, _ := u.User.Password()
	s.cfg.User, s.cfg.Passwd, s.cfg.DBName = u.User.Username(), password, database
	if socket != "" {
		s.cfg.Net, s.cfg.Addr = "unix", socket
	}
	s.name = s.cfg.Addr + "/" + database
	settle(s.cfg)
	return s, nil
}

// settle sets what this package relies on, whatever the DSN says.
func settle(cfg *driver.Config) {
	cfg.MultiStatements = true
	cfg.ClientFoundRows = false // group.go counts changed rows
	cfg.ParseTime = false
	cfg.CheckConnLiveness = true
	cfg.MaxAllowedPacket = 1 << 30 // the server's own limit is read and kept to
	cfg.Logger = &driver.NopLogger{}
	cfg.ReadTimeout, cfg.WriteTimeout = answerWithin, answerWithin
	if cfg.Timeout == 0 {
		cfg.Timeout = dialWithin
	}
}

func address(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "3306"
	}
	return net.JoinHostPort(host, port)
}

// number reads a parameter from least to most.
func number(q url.Values, name string, standard, least, most int) (int, error) {
	v := q.Get(name)
	if v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s=%s: want a number from %d to %d", name, v, least, most)
	}
	return n, nil
}
