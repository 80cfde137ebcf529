select
    market_segment::varchar as market_segment,
    count(*)::number(38, 0) as order_count,
    count(distinct customer_key)::number(38, 0) as customer_count,
    sum(gross_item_sales_amount)::number(38, 2) as gross_revenue,
    sum(item_discount_amount)::number(38, 4) as discount,
    sum(item_tax_amount)::number(38, 6) as tax,
    sum(net_item_sales_amount)::number(38, 6) as net_revenue
from {{ ref('foundational_project', 'fct_orders') }}
group by market_segment
