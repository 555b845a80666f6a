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
	c := s.cfg
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
		if s, err := parseDSN(dsn); err != nil || s.cfg.Addr != addr || s.set != 0 || s.conns != defaultConns {
			t.Errorf("%s: %+v, %v", dsn, s, err)
		}
	}
}
