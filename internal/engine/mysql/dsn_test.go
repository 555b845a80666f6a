package mysql

import (
	"testing"
	"time"
)

func TestParseDSN(t *testing.T) {
	t.Parallel()
	s, err := parseDSN("mysql://u:p%40ss%2F@db.example:3307/shop?set=7&tls=true&timeout=2s&pool_max_conns=40&multiStatements=false")
	if err != nil {
		t.Fatal(err)
	}
	c := s.hosts[0]
	if s.set != 7 || s.unsafe || s.conns != 40 || s.name != "db.example:3307/shop" {
		t.Errorf("%+v", s)
	}
	if c.User != "u" || c.Passwd != "p@ss/" || c.Addr != "db.example:3307" || c.DBName != "shop" || c.Timeout != 2*time.Second {
		t.Errorf("%+v", c)
	}
	if c.TLS == nil || c.TLS.ServerName != "db.example" {
		t.Errorf("the certificate is asked for another host: %+v", c.TLS)
	}
	if !c.MultiStatements || len(c.Params) > 0 {
		t.Errorf("multiStatements %t, other parameters %v", c.MultiStatements, c.Params)
	}
	for dsn, addr := range map[string]string{
		"mysql://u@h/d":                        "h:3306",
		"mysql://u@[::1]:1/d":                  "[::1]:1",
		"mysql://u@h/d?socket=/run/mysql.sock": "/run/mysql.sock",
	} {
		if s, err := parseDSN(dsn); err != nil || s.hosts[0].Addr != addr || s.set != 0 || s.conns != defaultConns {
			t.Errorf("%s: %+v, %v", dsn, s, err)
		}
	}
	s, err = parseDSN("mysql://u:p@h1:1,h2,[::1]:3/d?tls=true")
	if err != nil || s.name != "h1:1,h2:3306,[::1]:3/d" || len(s.hosts) != 3 {
		t.Fatalf("several hosts: %+v, %v", s, err)
	}
	if c := s.hosts[1]; c.Addr != "h2:3306" || c.User != "u" || c.Passwd != "p" || c.DBName != "d" || c.TLS.ServerName != "h2" {
		t.Errorf("the second of several hosts: %+v", c)
	}
	for _, dsn := range []string{"mysql://u@h1,,h2/d", "mysql://u@h1,h2:x/d", "mysql://u@h1,h2/d?socket=/s"} {
		if s, err := parseDSN(dsn); err == nil {
			t.Errorf("%s: %+v", dsn, s)
		}
	}
}
