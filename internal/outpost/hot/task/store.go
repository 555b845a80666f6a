package task

// postgresStore is all that is kept next to a slot's tables.
type postgresStore struct {
	*postgres
	postgresMends
	postgresTenants
}

func inPostgres(p *postgres) tables { return postgresStore{p, postgresMends{p}, postgresTenants{p}} }

// mysqlStore is all that is kept next to a slot's tables.
type mysqlStore struct {
	*mysql
	mysqlMends
	mysqlTenants
}

func inMySQL(m *mysql) tables { return mysqlStore{m, mysqlMends{m}, mysqlTenants{m}} }
