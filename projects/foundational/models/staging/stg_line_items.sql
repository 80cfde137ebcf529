select
    l_orderkey as order_key,
    l_linenumber as line_number,
    l_quantity as quantity,
    l_extendedprice as extended_price,
    l_discount as discount_rate,
    l_tax as tax_rate,
    l_returnflag as return_flag,
    l_linestatus as status_code,
    l_shipdate as ship_date,
    l_commitdate as commit_date,
    l_receiptdate as receipt_date,
    l_shipmode as ship_mode
from {{ source('tpch', 'lineitem') }}
