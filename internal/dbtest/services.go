package dbtest

import (
	"errors"
	"os"
	"sync"
)

// Services starts the servers that test processes share, and returns the
// environment ("NAME=DSN") that tells them. One that the environment of this
// process names already is used as it is. Stop ends what was started.
func Services() (env []string, stop func() error, err error) {
	wanted := []struct {
		env string
		product
	}{{PostgresEnv, postgres{}}, {MySQLEnv, mariadb{}}}
	servers := make([]*Server, len(wanted))
	failures := make([]error, len(wanted))
	stop = func() error {
		var wrong []error
		for _, s := range servers {
			if s != nil {
				wrong = append(wrong, s.end())
			}
		}
		return errors.Join(wrong...)
	}
	var starting sync.WaitGroup
	for i, w := range wanted {
		if os.Getenv(w.env) == "" {
			starting.Go(func() { servers[i], failures[i] = start(w.product, nil, (*Server).install) })
		}
	}
	starting.Wait()
	if err := errors.Join(failures...); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	for i, w := range wanted {
		dsn := os.Getenv(w.env)
		if servers[i] != nil {
			dsn = servers[i].Admin()
		}
		env = append(env, w.env+"="+dsn)
	}
	return env, stop, nil
}
