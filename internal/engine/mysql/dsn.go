package mysql

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"holdfast.dev/holdfast/internal/dburl"
)

// connectTarget is what a DSN says.
type connectTarget struct {
	// hosts are the driver's configurations, one for each host, in the order of
	// the DSN.
	hosts []*driver.Config
	// set is the number of the slot's tables in the database.
	set int
	// unsafe lets a server be used that may lose what it has confirmed.
	unsafe bool
	// conns is how many connections the slots share.
	conns int
	// name is the hosts and the database, for messages: the DSN holds a password.
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
	// dialOneWithin is dialWithin when there is another host to try.
	dialOneWithin = 2 * time.Second
)

var errDSN = errors.New("want mysql://user:password@host:port/database?set=N, or several hosts: host:port,host:port")

// parseDSN reads mysql://user:password@host:port/database?set=N. Other
// parameters of the query go to the driver (tls, and so on), which checks them;
// socket=PATH connects through a socket of the machine, pool_max_conns is
// WithMaxConns, unsafe=1 trusts a server that may forget. There may be several
// hosts with commas in between: see hosts.
func parseDSN(dsn string) (*connectTarget, error) {
	u, err := dburl.Parse(dsn)
	if err != nil {
		return nil, errDSN // the error's text holds the password
	}
	database := strings.TrimPrefix(u.Path, "/")
	if u.Scheme != "mysql" || database == "" || strings.Contains(database, "/") {
		return nil, errDSN
	}
	q := u.Query()
	s := &connectTarget{}
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
	password, _ := u.User.Password()
	var names []string
	for _, host := range dburl.Hosts(u, "3306") {
		// The driver wants the host with the parameters: a certificate is for it.
		cfg, err := driver.ParseDSN("tcp(" + host + ")/?" + q.Encode())
		if err != nil {
			return nil, fmt.Errorf("parameters of the DSN: %v", err)
		}
		cfg.User, cfg.Passwd, cfg.DBName = u.User.Username(), password, database
		if socket != "" {
			cfg.Net, cfg.Addr = "unix", socket
		}
		settle(cfg)
		s.hosts, names = append(s.hosts, cfg), append(names, cfg.Addr)
	}
	if socket != "" && len(s.hosts) > 1 {
		return nil, errors.New("the DSN names several hosts and a socket")
	}
	s.name = strings.Join(names, ",") + "/" + database
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
