-- the segments together make what the orders make, and the parts of their revenue add up, all to the last decimal
select *
from (
    select
        (select sum(net_item_sales_amount) from {{ ref('foundational_project', 'fct_orders') }}) as orders,
        (select sum(net_revenue) from {{ ref('agg_segment_revenue') }}) as net,
        (select sum(gross_revenue + discount + tax) from {{ ref('agg_segment_revenue') }}) as parts
) as summed
where orders <> net or orders <> parts
