package catalog

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"

	"holdfast.dev/holdfast/internal/dburl"
)

// silenceMost is how long a MySQL server may say nothing while it is asked:
// the last bound of what has no context, such as COMMIT.
const silenceMost = 30 * time.Second

// mysqlDatabase is a catalog in the tables holdfast_… of a MySQL or MariaDB
// database.
func mysqlDatabase(dsn string) (*database, error) {
	u, err := serverURL(dsn)
	if err != nil {
		return nil, err
	}
	configs, err := mysqlConfigs(u)
	if err != nil {
		return nil, &InvalidError{Field: "db", Reason: "cannot be used: " + err.Error()}
	}
	used := &atomic.Int32{}
	return &database{
		dialect: mysqlDialect(),
		dsn:     redactDSN(u),
		ready:   func(bool) error { return nil },
		pool:    func(u use) (*sql.DB, error) { return mysqlPool(configs, used, u) },
	}, nil
}

// mysqlConfigs reads what the driver has its own notation for, for each host.
// socket=PATH connects through a socket of the machine.
func mysqlConfigs(u *url.URL) (all []*mysql.Config, err error) {
	q := u.Query()
	socket := q.Get("socket")
	q.Del("socket")
	for _, host := range dburl.Hosts(u, "3306") {
		config, err := mysqlConfig(u, host, q)
		if err != nil {
			return nil, err
		}
		if socket != "" {
			config.Net, config.Addr = "unix", socket
		}
		all = append(all, config)
	}
	if socket != "" && len(all) > 1 {
		return nil, errors.New("it names several hosts and a socket")
	}
	return all, nil
}

func mysqlConfig(u *url.URL, host string, q url.Values) (*mysql.Config, error) {
	// The driver wants the host with the parameters: a certificate is for it.
	config, err := mysql.ParseDSN("tcp(" + host + ")/?" + q.Encode())
	if err != nil {
		return nil, err
	}
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.DBName = strings.TrimPrefix(u.Path, "/")
	config.Logger = &mysql.NopLogger{} // what it would log comes back as errors
	config.Collation = "utf8mb4_bin"
	config.ParseTime = true
	config.InterpolateParams = true // one round trip for each statement
	config.ClientFoundRows = true   // of an UPDATE that changes nothing too
	config.MultiStatements = false
	if config.Timeout == 0 {
		config.Timeout = dialWait
	}
	if config.Params == nil {
		config.Params = map[string]string{}
	}
	// A value that does not fit is an error, never cut to size.
	config.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
	config.Params["time_zone"] = "'+00:00'" // UNIX_TIMESTAMP in an hour that comes twice
	return config, nil
}

func mysqlDialect() *dialect {
	return &dialect{
		kind:     goose.DialectMySQL,
		folder:   "mysql",
		prefix:   "holdfast_",
		locking:  ` FOR UPDATE`,
		clock:    `CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)`,
		taken:    `ON DUPLICATE KEY UPDATE`,
		fresh:    `VALUES(COLUMN)`, // MariaDB knows no other
		tables:   `SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'holdfast_catalog_schema'`,
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		// REPEATABLE READ would keep the snapshot from before it waited.
		change:    &sql.TxOptions{Isolation: sql.LevelReadCommitted},
		busy:      func(error) bool { return false },
		lost:      mysqlLost,
		classify:  classifyMySQL,
		migrating: mysqlMigrating,
	}
}

// mysqlMigrating also makes goose's table: goose takes two steps for it, and
// one that was killed between them could never be migrated again.
var mysqlMigrating = &migrationLock{
	take: []string{`SELECT 1 FROM DUAL WHERE GET_LOCK(CONCAT('holdfast_catalog.', MD5(DATABASE())), 60)`},
	give: `SELECT RELEASE_LOCK(CONCAT('holdfast_catalog.', MD5(DATABASE())))`,
	arrange: []string{
		`CREATE TABLE IF NOT EXISTS holdfast_catalog_schema (
			id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
			version_id bigint NOT NULL,
			is_applied boolean NOT NULL,
			tstamp datetime NULL DEFAULT CURRENT_TIMESTAMP
		) ENGINE = InnoDB`,
		`INSERT INTO holdfast_catalog_schema (version_id, is_applied)
			SELECT 0, TRUE FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM holdfast_catalog_schema WHERE version_id = 0)`,
	},
}

// mysqlPool opens connections whose waits are bounded.
func mysqlPool(configs []*mysql.Config, used *atomic.Int32, u use) (*sql.DB, error) {
	conns, idle := readConns, idleMost
	if u == writing {
		// Idle connections are closed before the server closes them.
		conns, idle = writeConns, pauseMost/2
	}
	own := make([]*mysql.Config, len(configs))
	for i := range configs {
		own[i] = mysqlBounds(configs[i].Clone(), u)
	}
	hosts, err := newMySQLHosts(own, used)
	if err != nil {
		return nil, &InvalidError{Field: "db", Reason: "cannot be used: " + err.Error()}
	}
	db := bounded(sql.OpenDB(hosts), conns)
	db.SetConnMaxIdleTime(idle)
	return db, nil
}

// mysqlBounds sets the bounds of a connection's waits.
func mysqlBounds(config *mysql.Config, u use) *mysql.Config {
	config.Params["innodb_lock_wait_timeout"] = fmt.Sprint(int(writeWait.Seconds()))
	config.Params["lock_wait_timeout"] = fmt.Sprint(int(writeWait.Seconds()))
	switch u {
	case writing:
		config.ReadTimeout, config.WriteTimeout = silenceMost, silenceMost
		// The only bound of a process that stopped inside a write that both
		// MySQL and MariaDB have.
		config.Params["wait_timeout"] = fmt.Sprint(int(pauseMost.Seconds()))
	case migrating:
		config.Params["lock_wait_timeout"] = "2"
	}
	return config
}

func mysqlLost(err error) bool {
	var dialing *net.OpError
	if errors.As(err, &dialing) && dialing.Op == "dial" {
		return false
	}
	return errors.Is(err, mysql.ErrInvalidConn) || isNetworkError(err)
}

// classifyMySQL says in our words what the server says in numbers.
func classifyMySQL(err error) error {
	var told *mysql.MySQLError
	if !errors.As(err, &told) {
		return unanswered(err)
	}
	switch told.Number {
	case 1205, 1213: // lock wait timeout, deadlock
		return errConflict
	case mysqlNotReady:
		return fmt.Errorf("the Galera node has no part in its cluster: %w", ErrUnavailable)
	case 1062:
		return errTaken
	case 1969, 3024, 1317: // statement time of MariaDB, of MySQL; killed
		return errTooSlow
	case 1053, 1077, 1079, 1927:
		return fmt.Errorf("it is stopping: %w", ErrAway)
	case 1290, 1792, 1836:
		return fmt.Errorf("the database is read-only, perhaps a replica: %w", ErrUnavailable)
	case 1021, 1114:
		return ErrFull
	case 1040, 1203, 1226:
		return fmt.Errorf("the database has no connection left: %w", ErrUnavailable)
	case 1045:
		return fmt.Errorf("the database does not accept this user or password: %w", ErrUnavailable)
	case 1049:
		return fmt.Errorf("the server has no such database (%s): %w", told.Message, ErrUnavailable)
	case 1044, 1142, 1227:
		return fmt.Errorf("the user may not do that in the database (%s): %w", told.Message, ErrUnavailable)
	}
	return fmt.Errorf("%v: %w", err, ErrUnavailable)
}
