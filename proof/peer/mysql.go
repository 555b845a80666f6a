package peer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mariadb works on a scratch database of a MySQL or MariaDB server.
type mariadb struct {
	url  string
	name string
	says string
	// blocks reports a MariaDB, which knows BEGIN NOT ATOMIC.
	blocks bool
	home   *sql.DB // to the database the user named, if any
	own    *sql.DB // to the scratch database
}

func dialMySQL(ctx context.Context, u *url.URL) (d dialect, err error) {
	u.RawQuery = foreign(u.Query()).Encode()
	m := &mariadb{name: scratchName()}
	if m.home, err = openMySQL(u); err != nil {
		return nil, err
	}
	m.home.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close(context.WithoutCancel(ctx)))
		}
	}()
	var version, comment string
	if err := m.home.QueryRowContext(ctx, "SELECT @@version, @@version_comment").Scan(&version, &comment); err != nil {
		return nil, fmt.Errorf("connect to MySQL: %w", err)
	}
	m.says = "MySQL " + version
	if strings.Contains(version+comment, "MariaDB") {
		number, _, _ := strings.Cut(version, "-")
		m.says, m.blocks = "MariaDB "+number, true
	}
	if _, err := m.home.ExecContext(ctx, "CREATE DATABASE "+m.name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		return nil, fmt.Errorf("create a scratch database: %w", err)
	}
	own := *u
	own.Path = "/" + m.name
	m.url = own.String()
	if m.own, err = openMySQL(&own); err != nil {
		return nil, err
	}
	if _, err := m.own.ExecContext(ctx, mysqlSchema); err != nil {
		return nil, fmt.Errorf("make the tables: %w", err)
	}
	return m, nil
}

// openMySQL converts our form of a DSN to the driver's. Prepared statements are sent as such.
// Arguments of statements that are not prepared are inserted here, so that several statements
// fit in one packet.
func openMySQL(u *url.URL) (*sql.DB, error) {
	query := u.Query()
	address := "tcp(" + u.Host + ")"
	switch socket := query.Get("socket"); {
	case socket != "":
		address = "unix(" + socket + ")"
	case u.Port() == "":
		address = "tcp(" + net.JoinHostPort(u.Hostname(), "3306") + ")"
	}
	query.Del("socket")
	config, err := mysql.ParseDSN(address + "/?" + query.Encode())
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.DBName = strings.TrimPrefix(u.Path, "/")
	config.MultiStatements, config.InterpolateParams = true, true
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	return sql.OpenDB(connector), nil
}

const mysqlSchema = `
CREATE TABLE stock (
	product VARCHAR(128) PRIMARY KEY,
	available BIGINT NOT NULL,
	held BIGINT NOT NULL,
	version BIGINT NOT NULL,
	CHECK (available >= 0)
) ENGINE = InnoDB;
CREATE TABLE reservation (
	order_id VARCHAR(128) NOT NULL,
	product VARCHAR(128) NOT NULL,
	quantity BIGINT NOT NULL,
	state TINYINT NOT NULL DEFAULT 0,
	deadline DATETIME(3) NOT NULL,
	PRIMARY KEY (order_id, product)
) ENGINE = InnoDB;
CREATE TABLE journal (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	at DATETIME(3) NOT NULL,
	order_id VARCHAR(128) NOT NULL,
	product VARCHAR(128) NOT NULL,
	delta BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE TABLE idempotency (
	idempotency_key VARCHAR(255) PRIMARY KEY,
	fingerprint BINARY(16) NOT NULL,
	outcome TINYINT NOT NULL DEFAULT 1
) ENGINE = InnoDB;
CREATE TABLE tick (n BIGINT NOT NULL) ENGINE = InnoDB;
INSERT INTO tick VALUES (0);
` + mysqlFloorSchema

func (m *mariadb) engine() string  { return "mysql" }
func (m *mariadb) version() string { return m.says }
func (m *mariadb) dsn() string     { return m.url }

func (m *mariadb) reset(ctx context.Context, products []string, units int64) error {
	if err := m.truncate(ctx, "stock", "reservation", "journal", "idempotency"); err != nil {
		return err
	}
	for from := 0; from < len(products); from += 1000 {
		some := products[from:min(from+1000, len(products))]
		rows := strings.TrimSuffix(strings.Repeat("(?, ?, 0, 1), ", len(some)), ", ")
		var args []any
		for _, p := range some {
			args = append(args, p, units)
		}
		if _, err := m.own.ExecContext(ctx, "INSERT INTO stock VALUES "+rows, args...); err != nil {
			return err
		}
	}
	return nil
}

func (m *mariadb) age(ctx context.Context, n int, keys bool) error {
	adds := []string{
		"INSERT INTO reservation (order_id, product, quantity, deadline) " + numbered("'old', 1, NOW(3) + INTERVAL 30 MINUTE"),
		"INSERT INTO journal (order_id, product, delta, at) " + numbered("'old', -1, NOW(3)"),
	}
	if keys {
		adds = append(adds, "INSERT INTO idempotency (idempotency_key, fingerprint) "+numbered("'0123456789abcdef'"))
	}
	for _, add := range adds {
		if _, err := m.own.ExecContext(ctx, add, n); err != nil {
			return err
		}
	}
	return nil
}

// numbered selects a name and the given columns for each number below its argument, at most
// 100,000: MySQL and MariaDB have no common way to generate numbers.
func numbered(columns string) string {
	return `
		WITH digit (n) AS (SELECT 0 UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4
			UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9),
		number (n) AS (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n FROM digit a, digit b, digit c, digit d, digit e)
		SELECT CONCAT('old-', LPAD(n, 10, '0')), ` + columns + ` FROM number WHERE n < ? ORDER BY n`
}

func (m *mariadb) clear(ctx context.Context) error {
	return m.truncate(ctx, "floor_log", "floor_item", "floor_hold", "floor_key")
}

func (m *mariadb) truncate(ctx context.Context, tables ...string) error {
	for _, table := range tables {
		if _, err := m.own.ExecContext(ctx, "TRUNCATE TABLE "+table); err != nil {
			return err
		}
	}
	return nil
}

func (m *mariadb) count(ctx context.Context) (c Counts, err error) {
	err = m.own.QueryRowContext(ctx, `
		SELECT (SELECT coalesce(sum(available), 0) FROM stock), (SELECT coalesce(sum(held), 0) FROM stock),
			(SELECT count(*) FROM reservation), (SELECT coalesce(sum(quantity), 0) FROM reservation),
			(SELECT count(*) FROM journal), (SELECT coalesce(sum(delta), 0) FROM journal),
			(SELECT count(*) FROM idempotency)`).
		Scan(&c.Available, &c.Held, &c.Reservations, &c.Units, &c.Entries, &c.Delta, &c.Keys)
	return c, err
}

// redo prefers the position of the log to the bytes written: those count a block again each time
// it is written.
func (m *mariadb) redo(ctx context.Context) (int64, error) {
	var name, value string
	err := m.home.QueryRowContext(ctx, `SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_lsn_current', 'Innodb_redo_log_current_lsn')`).Scan(&name, &value)
	if errors.Is(err, sql.ErrNoRows) {
		err = m.home.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'").Scan(&name, &value)
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(value, 10, 64)
}

func (m *mariadb) room(ctx context.Context) (int, error) {
	var allowed int
	var name string
	var used int
	if err := m.home.QueryRowContext(ctx, "SELECT @@max_connections").Scan(&allowed); err != nil {
		return 0, err
	}
	err := m.home.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Threads_connected'").Scan(&name, &used)
	return allowed - used, err
}

func (m *mariadb) forget(ctx context.Context) (err error) {
	rows, err := m.own.QueryContext(ctx, `
		SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'holdfast\_%'`)
	if err != nil {
		return err
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(err, rows.Close())
		}
		tables = append(tables, "`"+name+"`")
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(tables) == 0 {
		return err
	}
	_, err = m.own.ExecContext(ctx, "DROP TABLE "+strings.Join(tables, ", "))
	return err
}

func (m *mariadb) tick(ctx context.Context) error {
	_, err := m.own.ExecContext(ctx, "UPDATE tick SET n = n + 1")
	return err
}

// locate reads the file with the server's process id, if it is on this machine and
// readable.
func (m *mariadb) locate(ctx context.Context) (*process, error) {
	var file, folder string
	if err := m.home.QueryRowContext(ctx, "SELECT @@pid_file, @@datadir").Scan(&file, &folder); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(folder, file)
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return processNamed(pid, "mariadbd", "mysqld"), nil
}

func (m *mariadb) close(ctx context.Context) error {
	var errs []error
	if m.own != nil {
		errs = append(errs, m.own.Close())
	}
	if m.url != "" {
		_, err := m.home.ExecContext(ctx, "DROP DATABASE "+m.name)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, m.home.Close())...)
}
