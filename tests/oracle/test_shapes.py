"""Shapes, joins, splits, padding and creation in both libraries: values, dtypes, shapes, layouts where they are promised,
and the types of errors."""

import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------------------------------ single calls

# Expressions that both libraries evaluate. `x` is (2, 3), `y` (2, 3, 4), `z` (1, 4, 2, 2), all of float32.
CALLS = r"""
roll: x.roll(1); x.roll((1,2)); x.roll((1,2),(0,)); x.roll(1,(0,1)); x.roll((1,1),(0,0)); x.roll(1,5); x.roll(());
    x.roll((),()); x.roll(1.5); t.tensor(3).roll(1); t.tensor(3).roll(1,0); t.empty(0,3).roll(1,0); t.roll(y,(5,-7),(0,-1));
    t.empty(0,3).roll(1,7); t.roll(y,3,1); t.roll(x,1,None); t.roll(x,dims=1,shifts=-1); t.roll([1],1)
rot90: x.rot90(); x.rot90(1,(0,0)); x.rot90(1,(0,)); x.rot90(1,(0,5)); x.rot90(1,(0,-2)); x[0].rot90(); y.rot90(2,(1,2));
    y.rot90(3,(2,0)); y.rot90(-1,[0,1]); x.rot90(4); x.rot90(1.5)
flip: x.fliplr(); x[0].fliplr(); x[0].flipud(); t.tensor(1).flipud(); x.flip(); x.flip(()); x.flip((0,0)); x.flip(0,7);
    t.tensor(1).flip(0); y.flip([0,-1]); x.flip(-1)
repeat_interleave: t.repeat_interleave(x,2); x.repeat_interleave(2,0); x.repeat_interleave(t.tensor([1,2]),0);
    x.repeat_interleave(t.tensor([1,2]),0,output_size=3); x.repeat_interleave(t.tensor([1,2]),0,output_size=4);
    x.repeat_interleave(2,0,output_size=5); x.repeat_interleave(t.tensor([1,2,3]),0); x.repeat_interleave(t.tensor([1]),0);
    x.repeat_interleave(t.tensor(2),0); x.repeat_interleave(t.tensor([1.]),0); x.repeat_interleave(t.tensor([-1,2]),0);
    x.repeat_interleave(-1,0); x.repeat_interleave(t.tensor([[1,2]]),0); x.repeat_interleave(2,3);
    x.repeat_interleave((1,2),0); x.repeat_interleave(1.5,0); t.repeat_interleave(t.tensor([2,0,3]));
    t.repeat_interleave(t.tensor([2,0,3],dtype=t.int32)); t.repeat_interleave(t.tensor([2,0,3]),output_size=5);
    t.repeat_interleave(t.tensor([2,0,3]),output_size=6); t.repeat_interleave(t.tensor([2.]));
    t.repeat_interleave(t.tensor([2],dtype=t.uint8)); x.repeat_interleave(t.tensor([1,2],dtype=t.int16),0);
    t.repeat_interleave(t.tensor([-2])); t.repeat_interleave(t.tensor([[2]])); t.repeat_interleave(t.tensor(3),2);
    t.tensor(3).repeat_interleave(2,0); x.repeat_interleave(t.tensor([1,2])); x.repeat_interleave(0,1); x.repeat_interleave(1,1)
unfold: x.unfold(1,2,1); x.unfold(1,4,1); x.unfold(1,-1,1); x.unfold(1,0,1); x.unfold(1,2,0); x.unfold(2,2,1);
    t.tensor(2.).unfold(0,1,1); t.tensor(2.).unfold(0,0,1); t.tensor(2.).unfold(0,2,1); x.unfold(-1,2,2);
    t.empty(0).unfold(0,0,1); y.unfold(1,2,1).unfold(2,3,1); x.t().unfold(0,2,1)
tensor_split: t.tensor_split(x,2,1); t.tensor_split(x,0); t.tensor_split(x,-1); t.tensor_split(x,(1,2),1);
    t.tensor_split(x,(5,1,-1),1); t.tensor_split(x,t.tensor(2),1); t.tensor_split(x,t.tensor([1,2]),1);
    t.tensor_split(x,t.tensor([[1,2]]),1); t.tensor_split(x,t.tensor([1.,2]),1); t.tensor_split(x,2,7);
    t.tensor_split(t.tensor(2),2); t.tensor_split(x,1.5); t.tensor_split(x,()); t.tensor_split(x,indices=(1,),dim=1);
    t.tensor_split(x,sections=2); t.tensor_split(x,tensor_indices_or_sections=t.tensor(2)); t.tensor_split(y,5,-1); t.tensor_split(x)
hsplit: t.hsplit(x,3); t.hsplit(x,2); t.hsplit(x,0); t.hsplit(x[0],(1,)); t.hsplit(t.tensor(1),1); t.hsplit(x,1.5);
    t.hsplit(x,sections=3); t.hsplit(x,indices=[1]); t.hsplit(x,t.tensor(3)); x.hsplit(3); x.hsplit([1,2])
vsplit: t.vsplit(x,2); t.vsplit(x[0],1); t.vsplit(x,3); x.vsplit([1]); t.dsplit(y,2); t.dsplit(x,1); t.dsplit(y,3); y.dsplit((1,3))
split: t.split(x,2); t.split(x,0); t.split(x,-1); t.split(x,(1,1),1); t.split(x,(1,2),1); t.split(x,(4,-1),1); t.split(x,2,5);
    t.split(t.tensor(1),1); t.split(t.empty(0,2),0); t.split(t.empty(0,2),3); t.split(x,1.5); x.split([0,3],-1); t.split_with_sizes(x,(1,2),1)
chunk: t.chunk(x,2,1); t.chunk(x,5,1); t.chunk(x,0); t.chunk(t.tensor(1),1); t.chunk(t.empty(0,2),3); t.chunk(x,2,7); t.chunk(y,3,2); t.chunk(x,1.5)
unsafe: t.unsafe_split(x,2,1); t.unsafe_split(x,0,1); t.unsafe_chunk(x,2,1); t.unsafe_split_with_sizes(x,(1,2),1); x.unsafe_split_with_sizes((1,1),1)
unbind: t.unbind(x); t.unbind(x,1); t.unbind(x,2); t.unbind(t.tensor(1)); t.unbind(t.empty(0,2)); x.unbind(-1)
hstack: t.hstack([x,x]); t.hstack([]); t.hstack([t.tensor(1),t.tensor(2)]); t.hstack([x,x[0]]); t.hstack(x); t.hstack([1,2]);
    t.hstack((x,x.int())); t.hstack((x,x), out=t.empty(0)); t.hstack((x[0],x[0]))
vstack: t.vstack([t.tensor(1),t.tensor(2)]); t.vstack([]); t.vstack([x,x[0]]); t.row_stack([x,x[0]]); t.vstack((y,y))
dstack: t.dstack([t.tensor(1),t.tensor(2)]); t.dstack([]); t.dstack((x,x)); t.dstack((x[0],x[1])); t.dstack((y,x))
column_stack: t.column_stack([t.tensor(1),t.tensor([2])]); t.column_stack([]); t.column_stack([x,x[:,0]]); t.column_stack((x,x[0]))
cat: t.cat([]); t.cat([x,x[0]]); t.cat([x,1]); t.cat(x); t.cat(()); t.cat([x,x],7); t.cat([x,x],dim=None);
    t.cat([t.tensor(1),t.tensor(2)]); t.cat([x,t.empty(0)]); t.cat([x.int(),t.empty(0)]); t.cat([t.empty(0,1),x]);
    t.cat([x, t.zeros(2,3,1)]); t.cat([x,t.zeros(3,3)],1); t.cat([x,x],axis=0); t.concat([x,x],1); t.concatenate([x,x],axis=1);
    t.cat(tensors=(x,x),dim=-1); t.cat((x.bool(),x.int())); t.cat([t.empty(0),t.empty(0)]); t.cat((x,), 1); t.cat((x.t(),x.t()))
stack: t.stack([]); t.stack([x,x[0]]); t.stack([x,x],5); t.stack([x,x],-3); t.stack([x,x.int()]); t.stack(x); t.stack([t.tensor(1),t.tensor(2)]); t.stack([x,1])
atleast: t.atleast_1d(t.tensor(1)); t.atleast_1d(t.tensor(1),x); t.atleast_1d([t.tensor(1),x]); t.atleast_1d(); t.atleast_1d([]);
    t.atleast_1d(1); t.atleast_2d(x[0]); t.atleast_3d(x[0]); t.atleast_3d(x); t.atleast_2d(t.tensor(1)); t.atleast_3d(t.tensor(1)); t.atleast_3d(y)
broadcast_to: t.broadcast_to(x,(2,2,3)); t.broadcast_to(x,(2,-1)); t.broadcast_to(x,(3,)); t.broadcast_to(x,3);
    t.broadcast_to(x,size=(2,3)); x.broadcast_to((2,3)); x.broadcast_to(2,3); t.broadcast_to(x,(4,3))
broadcast_tensors: t.broadcast_tensors(x,x[0]); t.broadcast_tensors(); t.broadcast_tensors(x,t.zeros(4));
    t.broadcast_tensors([x,x]); t.broadcast_tensors(x,1)
broadcast_shapes: tuple(t.broadcast_shapes((2,1),(3,))); tuple(t.broadcast_shapes()); tuple(t.broadcast_shapes(3,(1,)));
    t.broadcast_shapes((2,),(3,)); t.broadcast_shapes((-1,)); t.broadcast_shapes((1.5,)); tuple(t.broadcast_shapes([2,1],[3]));
    t.broadcast_shapes("a"); tuple(t.broadcast_shapes((0,),(1,))); t.broadcast_shapes((0,),(2,)); t.broadcast_shapes(-3)
meshgrid: t.meshgrid(x[0],x[:,0]); t.meshgrid(x[0],x[:,0],indexing="ij"); t.meshgrid(x[0],x[:,0],indexing="xx"); t.meshgrid();
    t.meshgrid([],indexing="ij"); t.meshgrid(x,indexing="ij"); t.meshgrid(t.tensor(1),x[0],indexing="xy");
    t.meshgrid(x[0],x[0].int(),indexing="xy"); t.meshgrid([x[0]],indexing="xy"); t.meshgrid(x[0],x[:,0],indexing="xy");
    t.meshgrid(1,indexing="xy"); t.meshgrid(x[0],x[:,0],x[1],indexing="xy"); t.meshgrid(t.tensor(1.),x[0],indexing="ij")
cartesian_prod: t.cartesian_prod(x[0],x[:,0]); t.cartesian_prod(x[0]); t.cartesian_prod(); t.cartesian_prod(x);
    t.cartesian_prod(x[0],x[:,0].int()); t.cartesian_prod(t.tensor(1),x[0]); t.cartesian_prod([x[0]]); t.cartesian_prod(x[0],t.empty(0))
combinations: t.combinations(x[0]); t.combinations(x[0],0); t.combinations(x[0],1); t.combinations(x[0],3); t.combinations(x[0],4);
    t.combinations(x[0],-1); t.combinations(x[0],2,True); t.combinations(x); t.combinations(t.empty(0),2); t.combinations(t.empty(0),0);
    t.combinations(x[0],r=2,with_replacement=True)
block_diag: t.block_diag(x,x[0],t.tensor(4)); t.block_diag(); t.block_diag(y); t.block_diag(x,x.int()); t.block_diag(x.int(),x>1);
    t.block_diag([x]); t.block_diag(1); t.block_diag(x, t.empty(0,2))
diagonal: t.diagflat(x); t.diagflat(x,-1); t.diagflat(t.tensor(2)); t.diagflat(t.empty(0)); t.diagflat(t.empty(0),1); t.diag(t.tensor(1));
    t.diag(y); t.diag(x,7); t.diag(x[0],-1); t.diag_embed(x,0,0,0); t.diag_embed(t.tensor(1)); t.diag_embed(x,0,0,5); t.diagonal(x,7);
    t.diagonal(x,0,0,0); t.diagonal(x[0]); t.diagonal(x,0,0,-1); t.diag_embed(x,1,0,2); t.diag_embed(x,-1,2,0); t.diagonal(y,1,2,0); t.diagonal(x,-7)
diagonal_scatter: t.diagonal_scatter(x,t.ones(2)); t.diagonal_scatter(x,t.ones(2,dtype=t.int64)); t.diagonal_scatter(x,t.ones(3));
    t.diagonal_scatter(x,t.ones(1)); t.diagonal_scatter(x,t.ones(2),1,1,0); t.diagonal_scatter(x,1.); x.diagonal_scatter(t.ones(1),2)
select_scatter: t.select_scatter(x,t.ones(2),1,0); t.select_scatter(x,t.ones(3),1,0); t.select_scatter(x,t.ones(2),1,7);
    t.select_scatter(x,t.ones(2),3,0); t.select_scatter(x,t.ones(2,dtype=t.int),1,0); t.select_scatter(t.tensor(1.),t.tensor(2.),0,0)
slice_scatter: t.slice_scatter(x,t.ones(2,1),1,0,1); t.slice_scatter(x,t.ones(2,2),1,0,1); t.slice_scatter(x,t.ones(1,3));
    t.slice_scatter(x,t.ones(2,2),1,0,None,2); t.slice_scatter(x,t.ones(2,2),1,0,7,-1); t.slice_scatter(x,t.ones(2,2),1,0,7,0);
    t.slice_scatter(x,t.ones(2,2),1,-2,7,1); t.slice_scatter(x,t.ones(2,0),1,2,1,1); t.slice_scatter(x,t.ones(2,3),7)
as_strided_scatter: t.as_strided_scatter(x,t.ones(2,2),(2,2),(1,2)); t.as_strided_scatter(x,t.ones(2,2),(2,2),(1,2),1);
    t.as_strided_scatter(x,t.ones(2,2),(2,2),(1,2),9); t.as_strided_scatter(x,t.ones(2,3),(2,2),(1,2));
    t.as_strided_scatter(x.t(),t.ones(2,2),(2,2),(1,2),1)
as_strided: t.as_strided(x,(2,2),(1,)); t.as_strided(x,(2,-2),(1,1)); t.as_strided(x,(2,2),(1,-1)); t.as_strided(x,(2,2),(1,1),-1);
    t.as_strided(x,(9,9),(1,1)); t.as_strided(x,(2,2),(1,2),1); x[1].as_strided((2,),(1,)); t.as_strided(x,(0,9),(1,1)); t.as_strided(x.permute(1,0).clone(),(6,),(1,));
    t.as_strided(y.permute(1,2,0).clone(),(24,),(1,)); t.as_strided(x,(),())
swapaxes: t.swapaxes(x,0,5); t.swapaxes(x,0,1); x.swapdims(dim0=0,dim1=1); x.swapaxes(axis0=0,axis1=1); t.swapdims(y,-1,0); t.transpose(x,0,1.5); x.t(); y.t(); t.tensor(1).t()
movedim: t.moveaxis(x,0,1); t.moveaxis(x,(0,),(1,1)); t.movedim(x,(0,0),(1,1)); t.movedim(x,(0,1),(1,1)); t.movedim(x,0,5);
    x.moveaxis(source=0,destination=1); t.movedim(y,(0,1),(-1,0)); t.movedim(t.tensor(1),0,0); t.movedim(y,1.5,0)
permute: x.permute(1,0); x.permute((1,0)); x.permute(0); x.permute(0,0); x.permute(0,5); x.permute(-1,0); t.permute(y,(2,0,1)); x.permute(0,1.5); x.permute(); t.tensor(1).permute(())
squeeze: x.squeeze(0); x.squeeze((0,1)); x.squeeze((0,0)); x.squeeze(5); x.squeeze(()); t.zeros(1,2,1).squeeze((0,-1));
    t.zeros(1,2,1).squeeze(()); t.tensor(1).squeeze(0); t.zeros(1,1).squeeze(); t.zeros(1,2).squeeze(1.5); t.tensor(1).squeeze(1)
unsqueeze: x.unsqueeze(3); x.unsqueeze(-4); x.unsqueeze((0,1)); x.unsqueeze(1.5); x.unsqueeze(-1); t.unsqueeze(t.tensor(1),0)
unflatten: x.unflatten(1,(3,1)); x.unflatten(1,(2,2)); x.unflatten(1,(-1,-1)); x.unflatten(1,()); x.unflatten(1,3); x.unflatten(1,(-1,2));
    x.unflatten(5,(1,)); t.tensor(1).unflatten(0,(1,1)); t.unflatten(x,dim=1,sizes=(1,3)); x.unflatten(1,[1,-1]); x.unflatten(1,(1,-3)); x.unflatten(-1,(3,))
flatten: x.flatten(1,0); x.flatten(5); t.tensor(1).flatten(); y.flatten(1); y.flatten(0,-2); t.ravel(y.permute(2,0,1)); y.flatten(1,1); t.flatten(y,start_dim=-2)
view: x.view(t.int32); x.view(t.uint8); x.view(t.float64); x.view(t.int16); t.zeros(2,4).view(t.float64); t.zeros(2,4).t().view(t.int16);
    t.zeros(4,2).t().view(t.int32); t.zeros(2,4)[:,1:3].view(t.float64); t.zeros(2,6)[:,2:4].view(t.float64); t.zeros(3,3)[:,:2].view(t.float64);
    t.tensor(1.).view(t.int32); t.tensor(1.).view(t.int16); t.tensor(1.).view(t.float64); x.view(dtype=t.int32); x.view(t.complex64);
    t.zeros(2,2).view(t.complex64); t.zeros(2,dtype=t.complex64).view(t.float32); t.zeros(2).bool().view(t.uint8);
    t.zeros(2,requires_grad=True).view(t.int32); t.zeros(2,requires_grad=True).view(t.float16); t.zeros(2,requires_grad=True).view(t.float32).requires_grad;
    t.zeros(2).view("a"); t.zeros(2,0).view(t.float64); t.zeros(0).view(t.int16); x.view(); x.view(-1,-1); x.view(7); x.t().view(6);
    x.view(2.5); x.view((2,3),1); x.view_as(y); x.view(6); x.view(-1,2); x.view(t.float32); t.tensor([1.5,2.5]).view(t.int64); y.permute(1,0,2).view(t.int16)
reshape: x.reshape(7); x.reshape("a"); t.reshape(x,(2,-1,0)); t.zeros(0,3).reshape(-1,0); x.reshape_as(y); x.reshape((3,2)); x.t().reshape(-1); x.reshape(()); t.tensor(1).reshape(()); x.reshape(-2,3); x.reshape(3.0,2)
expand: x.expand(4,3); x.expand(-1,2,3); x.expand(2,2,-1); x.expand(3); x.expand_as(1); x.expand_as(y); x[:,:1].expand(2,4); x.expand(2,2.5); t.zeros(1).expand(0)
repeat: x.repeat(2); x.repeat(-1,2); x.repeat(0,2); x.repeat(); x.tile(2); x.tile((2,2,2)); x.tile(); x.repeat(2,1,2); x.repeat((1,2)); t.tensor(1).repeat(3); t.tile(x,(2,)); x.repeat(1.5,1)
narrow: x.narrow(1,t.tensor(1),2); x.narrow(1,t.tensor([1]),2); x.narrow(1,t.tensor(1.),2); x.narrow(1,-1,1); x.narrow(1,-4,1); x.narrow(1,1,3);
    x.narrow(1,1,-1); x.narrow(1,4,0); x.narrow(1,3,0); x.narrow(5,1,1); t.tensor(1).narrow(0,0,1); x.narrow_copy(1,1,2); x.narrow_copy(1,1,3); t.narrow_copy(x,1,-1,1); x.narrow(1,1.5,1)
select: x.select(0,1); x.select(0,2); x.select(1,-3); x.select(2,0); t.tensor(1).select(0,0); x.select(0,1.5)
adjoint: t.adjoint(x); t.adjoint(x[0]); x.mH; x[0].mT; y.mT; y.H; x.T; x.H; t.tensor([[1j]]).adjoint()
unravel_index: t.unravel_index(t.tensor([5,3]),(2,3)); t.unravel_index(t.tensor(5),(2,3)); t.unravel_index(t.tensor([5,3]),6); t.unravel_index(t.tensor([7]),(2,3));
    t.unravel_index(t.tensor([-1]),(2,3)); t.unravel_index(t.tensor([1.]),(2,3)); t.unravel_index(t.tensor([1],dtype=t.int32),(2,3));
    t.unravel_index(t.tensor([1],dtype=t.bool),(2,3)); t.unravel_index(t.tensor([1]),(2,-3)); t.unravel_index(t.tensor([1]),());
    t.unravel_index(t.tensor([]).long(),(2,0)); t.unravel_index(t.tensor([1]),t.tensor([2,3])); t.unravel_index(t.tensor([1]),"a")
vander: t.vander(x[0]); t.vander(x[0],2); t.vander(x[0],N=2,increasing=True); t.vander(x[0],0); t.vander(x[0],-1); t.vander(x); t.vander(x[0].int());
    t.vander(x[0]>1); t.vander(x[0].half()); t.vander(x[0].int(),1); t.linalg.vander(x[0]); t.linalg.vander(x,N=2); t.linalg.vander(x,N=1); t.linalg.vander(x,N=0);
    t.linalg.vander(t.tensor(1.)); t.linalg.vander(x[0].int()); t.linalg.vander(x[0]>1); t.linalg.vander(t.empty(0)); t.linalg.vander(t.empty(3,0))
triangles: x.tril(1); x[0].tril(); t.tril(t.tensor(1)); t.tril(x,1.5); y.triu(-1); t.triu(x,diagonal=1); t.tril(t.zeros(0,3)); t.tril(x>1,5); x.clone().tril_(-1);
    t.tril_indices(3,3); t.tril_indices(3,2,-1,dtype=t.int32); t.tril_indices(-1,3); t.tril_indices(3,3,dtype=t.float32);
    t.tril_indices(3,3,dtype=t.complex64); t.tril_indices(3,3,dtype=t.bool); t.tril_indices(0,3); t.tril_indices(3.,3); t.triu_indices(3,2,1);
    t.triu_indices(3,2,5); t.triu_indices(3,2,-5); t.tril_indices(2,2,layout=t.strided,device="cpu",pin_memory=False); t.tril_indices(3,4,1,dtype=t.uint8)
constant_pad_nd: t.constant_pad_nd(x,(1,1)); t.constant_pad_nd(x,(1,1),2); t.constant_pad_nd(x,(1,)); t.constant_pad_nd(x,(1,1,1,1,1,1)); t.constant_pad_nd(x,(-4,1));
    t.constant_pad_nd(x,(-1,-1)); t.constant_pad_nd(x,(-1,-2)); t.constant_pad_nd(x.int(),(1,0),1.5); t.constant_pad_nd(x.bool(),(1,0),1); t.constant_pad_nd(x,(1,0),1j);
    t.constant_pad_nd(x,()); t.constant_pad_nd(t.empty(0,2),(1,0,1,1),3.)
pad: F.pad(x,(1,1)); F.pad(x,(1,1),value=float("nan")); F.pad(x,[1,1],"constant",2); F.pad(x,(1,)); F.pad(x,(1,1,1,1,1,1)); F.pad(x,(1,1),"reflect"); F.pad(x,(1,1),"replicate");
    F.pad(x,(1,1),"circular"); F.pad(x[0],(1,1),"reflect"); F.pad(x[0],(1,1),"replicate"); F.pad(x[0],(1,1),"circular"); F.pad(x,(3,1),"reflect"); F.pad(x,(2,2),"reflect");
    F.pad(x,(4,0),"circular"); F.pad(x,(3,0),"circular"); F.pad(x,(5,0),"replicate"); F.pad(x,(-1,1),"reflect"); F.pad(x,(-1,1),"replicate"); F.pad(x,(-1,1),"circular");
    F.pad(x,(-2,-2),"circular"); F.pad(x,(-3,0),"reflect"); F.pad(x,(1,1,1,1),"reflect"); F.pad(y,(1,1,1,1),"reflect"); F.pad(y,(1,1),"reflect"); F.pad(z,(1,1),"reflect");
    F.pad(z,(1,1,1,1),"reflect"); F.pad(z,(1,1,1,1,1,1),"reflect"); F.pad(z[None],(1,1,1,1,1,1),"reflect"); F.pad(z[None],(1,1,1,1,1,1),"circular");
    F.pad(z[None],(1,1,1,1),"circular"); F.pad(z,(1,1,1,1),"circular",0.0); F.pad(z,(1,1),"constant",None); F.pad(z,(1,1),"foo"); F.pad(z,(1,1,2),"reflect");
    F.pad(t.empty(0,3),(1,1),"reflect"); F.pad(t.empty(0,3,3),(1,1),"reflect"); F.pad(t.empty(2,0),(1,1),"reflect"); F.pad(t.empty(2,0),(1,1),"replicate");
    F.pad(t.empty(2,0),(1,1),"circular"); F.pad(t.empty(2,3,0),(1,1),"circular"); F.pad(t.empty(2,0,3),(1,1),"circular"); F.pad(t.empty(2,0,3),(1,1),"replicate");
    F.pad(x.int(),(1,1),"reflect"); F.pad(x.bool(),(1,1),"replicate"); F.pad(x.half(),(1,1),"replicate"); F.pad(x.bool(),(1,1)); F.pad(x.int(),(1,1),value=1.5);
    F.pad(t.tensor(1.),()); F.pad(x,(1,1.)); F.pad(x,1); F.pad(1,(1,)); F.pad(x,(1,1),value=float("inf")); F.pad(y,(0,1,2,-1,1,0),value=-2.); F.pad(z,(-1,2,1,-1),"circular");
    F.pad(z,(-1,2,1,-1),"replicate"); F.pad(x,(1,1),"reflect",1.); F.pad(y,(2,-1,1,1),"reflect")
pixels: t.pixel_shuffle(z,2); t.pixel_shuffle(z,3); t.pixel_shuffle(x,2); t.pixel_shuffle(z,0); t.pixel_shuffle(z,-1); F.pixel_shuffle(z.expand(2,4,2,2),2); t.pixel_unshuffle(z,2); t.pixel_unshuffle(z,3);
    t.pixel_unshuffle(x,2); t.pixel_unshuffle(z,0); t.channel_shuffle(z,2); t.channel_shuffle(z,3); t.channel_shuffle(z,0); t.channel_shuffle(x,1); F.channel_shuffle(z,4); t.native_channel_shuffle(z,2);
    t.pixel_shuffle(t.empty(0,4,2,2),2); t.pixel_shuffle(z,1.5)
folds: F.unfold(z,2); F.unfold(z,(1,2),dilation=(1,1),padding=(1,0),stride=(2,1)); F.unfold(z[0],(2,1)); F.unfold(x,2); F.unfold(z,3); F.unfold(z,0); F.unfold(z,2,padding=-1); F.unfold(z,2,2,1); F.unfold(t.empty(0,1,2,2),1);
    F.unfold(t.empty(1,1,0,2),1); F.fold(t.ones(1,4,4),(3,3),2); F.fold(t.ones(4,4),(3,3),(2,2)); F.fold(t.ones(1,4,3),(3,3),2); F.fold(t.ones(1,3,4),(3,3),2); F.fold(t.ones(1,4,9),(2,2),2,padding=1);
    F.fold(t.ones(2,8,4),(5,5),2,stride=2,dilation=2); F.fold(t.ones(4),(3,3),2); F.fold(t.ones(1,4,4),3,2)
copies: t.alias_copy(x); t.as_strided_copy(x,(2,2),(1,2)); t.detach_copy(x); t.diagonal_copy(x,1); t.expand_copy(x,(2,2,3)); t.permute_copy(x,(1,0)); t.select_copy(x,1,0); t.slice_copy(x,1,1); t.split_copy(x,1);
    t.split_with_sizes_copy(x,(1,2),1); t.squeeze_copy(z); t.squeeze_copy(z,0); t.t_copy(x); t.transpose_copy(x,0,1); t.unbind_copy(x); t.unfold_copy(x,1,2,1); t.unsqueeze_copy(x,0); t.view_copy(x,(3,2)); t.view_as_complex_copy(t.ones(3,2));
    t.view_as_real_copy(t.tensor([1j])); t.select_copy(x,5,0)
"""

XS = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3),
    "y": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "z": np.arange(16, dtype=np.float32).reshape(1, 4, 2, 2),
}


def expressions(table: str) -> list:
    """The expressions of a table, each with its group: groups begin in the first column."""
    found, group = [], ""
    for line in table.strip().splitlines():
        if not line.startswith(" "):
            group, _, line = line.partition(": ")
        # A semicolon ends an expression; none of them holds one.
        found += [(group, text.strip()) for text in line.split(";") if text.strip()]
    return found


def evaluated(library, text: str):
    """What an expression gives in a library: ("error", type's name) or a description of its value."""
    names = {"t": library, "F": library.nn.functional, "np": np}
    names |= {name: library.from_numpy(value.copy()) for name, value in XS.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return described(library, eval(text, names))
        except Exception as error:
            return "error", type(error).__name__, str(error)


def described(library, value):
    if isinstance(value, library.Tensor):
        plain = value.detach()
        name = str(plain.dtype).split(".")[1]
        plain = plain.to(library.float32) if name == "bfloat16" else plain
        return "tensor", name, tuple(value.shape), value.requires_grad, plain.numpy()
    if isinstance(value, (tuple, list)):
        return ("several", *[described(library, x) for x in value])
    return "value", value


def assert_same(found, wanted, what: str) -> None:
    assert found[0] == wanted[0], f"{what}: {found}\nPyTorch: {wanted}"
    if found[0] == "error":
        assert found[1] == wanted[1], f"{what}: {found[1]}: {found[2]}\nPyTorch: {wanted[1]}: {wanted[2]}"
    elif found[0] == "tensor":
        assert found[1:4] == wanted[1:4], f"{what}: {found[1:4]}\nPyTorch: {wanted[1:4]}"
        np.testing.assert_allclose(found[4], wanted[4], rtol=2e-6, atol=1e-7, err_msg=what)
    elif found[0] == "several":
        assert len(found) == len(wanted), what
        for a, b in zip(found[1:], wanted[1:], strict=True):
            assert_same(a, b, what)
    else:
        assert found[1] == wanted[1], f"{what}: {found[1]}\nPyTorch: {wanted[1]}"


@pytest.mark.parametrize("group, text", expressions(CALLS))
def test_call(group, text):
    assert_same(evaluated(wengert, text), evaluated(torch, text), text)
