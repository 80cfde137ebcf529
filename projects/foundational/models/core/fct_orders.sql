{#-
    One row for each order.

    Every item amount is kept to the last decimal: a price has 2, a discount or a tax rate 2 more, so the discount has 4
    and the tax 6. The types say so, and nothing is rounded.
-#}
with items as (

    select
        order_key,
        ship_date,
        receipt_date,
        commit_date,
        extended_price as gross_amount,
        -1 * extended_price * discount_rate as discount_amount,
        extended_price * (1 - discount_rate) * tax_rate as tax_amount
    from {{ ref('stg_line_items') }}

),

order_items as (

    select
        order_key,
        count(*) as item_count,
        sum(gross_amount) as gross_item_sales_amount,
        sum(discount_amount) as item_discount_amount,
        sum(tax_amount) as item_tax_amount,
        max(ship_date) as last_ship_date,
        sum(case when receipt_date > commit_date then 1 else 0 end) as late_item_count
    from items
    group by order_key

),

typed as (

    select
        orders.order_key::number(38, 0) as order_key,
        orders.order_date::date as order_date,
        orders.customer_key::number(38, 0) as customer_key,
        customers.name::varchar as name,
        customers.market_segment::varchar as market_segment,
        orders.status_code::varchar as status_code,
        orders.priority_code::varchar as priority_code,
        coalesce(order_items.item_count, 0)::number(38, 0) as item_count,
        coalesce(order_items.late_item_count, 0)::number(38, 0) as late_item_count,
        datediff('day', orders.order_date, order_items.last_ship_date)::number(38, 0) as days_to_last_shipment,
        coalesce(order_items.gross_item_sales_amount, 0)::number(38, 2) as gross_item_sales_amount,
        coalesce(order_items.item_discount_amount, 0)::number(38, 4) as item_discount_amount,
        coalesce(order_items.item_tax_amount, 0)::number(38, 6) as item_tax_amount
    from {{ ref('stg_orders') }} as orders
    inner join {{ ref('stg_customers') }} as customers
        on orders.customer_key = customers.customer_key
    left join order_items
        on orders.order_key = order_items.order_key

)

select
    *,
    (gross_item_sales_amount + item_discount_amount + item_tax_amount)::number(38, 6) as net_item_sales_amount
from typed
