-- The shop drops what is below a cent twice for each item; more than that apart means wrong arithmetic.
select orders.order_key
from {{ ref('fct_orders') }} as fct
inner join {{ ref('stg_orders') }} as orders on fct.order_key = orders.order_key
where abs(fct.net_item_sales_amount - orders.total_price) > 0.03 * fct.item_count
